public import AdapterKit

/// A limit of the vendor on what an adapter's requests hold.
public enum ContractLimit: Sendable, Hashable {
    /// On each text at a path in the JSON body.
    ///
    /// A path is names divided by dots; `*` stands for every field of an object or item of a list:
    /// `payload.summary`, `tags.*`.
    case text(String, TextLimit)
    /// On all texts at or below a path together, names of fields included; UTF-16 code units.
    case totalText(String, unitsMax: Int)
    /// On how many items the list at a path has.
    case items(String, countMax: Int)
    /// On the whole body; bytes.
    case body(bytesMax: Int)
}
