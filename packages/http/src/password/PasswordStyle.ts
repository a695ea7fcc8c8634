/**
 * The style of the password pages, in the page itself: the policy of the page allows this text, by its hash, and no other.
 * Contrasts are at least 7 to 1 for text and 3 to 1 for borders, light and dark.
 */
export const passwordStyle = `
:root { color-scheme: light dark; --page: #f4f5f7; --card: #ffffff; --text: #1c2127; --soft: #454d57; --line: #767f8b;
  --accent: #0b4f9e; --on-accent: #ffffff; --bad: #9b1c1c; --rule: #dfe3e8 }
@media (prefers-color-scheme: dark) {
  :root { --page: #14171b; --card: #1e2329; --text: #eef1f4; --soft: #c3cad2; --line: #8a94a0; --accent: #9cc8ff;
    --on-accent: #0d1b2b; --bad: #ffb3ab; --rule: #343b44 }
}
* { box-sizing: border-box }
body { margin: 0; background: var(--page); color: var(--text); font: 1.0625rem/1.5 system-ui, sans-serif;
  overflow-wrap: anywhere }
main { max-width: 30rem; margin: 8vh auto 2rem; padding: 2rem; background: var(--card); border: 1px solid var(--rule);
  border-radius: 0.75rem }
.product { margin: 0 0 1.5rem; color: var(--soft); font-weight: 600 }
h1 { margin: 0 0 0.75rem; font-size: 1.625rem; line-height: 1.25 }
p { margin: 0 0 1rem }
p:last-child { margin-bottom: 0 }
label { display: block; margin-top: 1.25rem; font-weight: 600 }
.hint { margin: 0.125rem 0 0.5rem; color: var(--soft); font-size: 0.9375rem }
.error { margin: 0.125rem 0 0.5rem; color: var(--bad); font-weight: 600 }
input { width: 100%; min-height: 2.75rem; padding: 0.5rem 0.75rem; font: inherit; color: inherit; background: var(--card);
  border: 1px solid var(--line); border-radius: 0.375rem }
input[readonly] { background: var(--page); color: var(--soft) }
input[aria-invalid] { border: 2px solid var(--bad) }
button, .button { display: inline-block; min-height: 2.75rem; margin-top: 1.5rem; padding: 0.5rem 1.25rem; font: inherit;
  font-weight: 600; color: var(--on-accent); background: var(--accent); border: 1px solid transparent;
  border-radius: 0.375rem; cursor: pointer; text-decoration: none }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px }
@media (max-width: 34rem) { main { margin: 0; min-height: 100vh; border: 0; border-radius: 0; padding: 1.5rem } }
`
