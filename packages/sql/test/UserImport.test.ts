import { importContract } from "../../domain/test/contract/ImportContract.ts"
import { databases } from "./BothDatabases.ts"
import { layerSqlImportAdapters } from "./SqlImportAdapters.ts"

for (const [kind, database] of databases) importContract(kind, layerSqlImportAdapters(database), 6)
