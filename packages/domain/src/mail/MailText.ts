/**
 * A text as it may stand in a line of an e-mail or a header (ABUSE-35): control characters, line breaks and
 * bidirectional controls are blanks, several blanks are one.
 */
export const oneLine = (text: string): string => {
  let line = ""
  for (const character of text.isWellFormed() ? text : text.toWellFormed()) {
    const code = character.codePointAt(0) ?? 0
    const isBlank =
      code <= 0x20 ||
      (code >= 0x7f && code <= 0xa0) ||
      (code >= 0x200b && code <= 0x200f) ||
      (code >= 0x2028 && code <= 0x202e) ||
      (code >= 0x2060 && code <= 0x206f) ||
      code === 0xfeff
    if (!isBlank) line += character
    else if (line !== "" && !line.endsWith(" ")) line += " "
  }
  return line.trimEnd()
}
