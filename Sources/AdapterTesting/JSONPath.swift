internal import AdapterKit
internal import OpenSenseWebhooks

/// Finds values in JSON by a path such as `payload.summary` or `tags.*`.
struct JSONPath {
    private let names: [Substring]

    init(_ text: String) { names = text.split(separator: ".") }

    /// Every value at the path.
    func values(in value: JSONValue?) -> [JSONValue] {
        names.reduce(value.map { [$0] } ?? []) { found, name in
            found.flatMap { value -> [JSONValue] in
                switch value {
                case .object(let fields):
                    name == "*"
                        ? fields.sortedByName.map(\.value)
                        : fields[String(name)].map { [$0] } ?? []
                case .array(let items): name == "*" ? items : []
                default: []
                }
            }
        }
    }

    /// Every text at the path.
    func texts(in value: JSONValue?) -> [String] { values(in: value).compactMap(\.text) }

    /// The UTF-16 code units of all texts and field names at or below `value`.
    static func textUnits(_ value: JSONValue) -> Int {
        switch value {
        case .string(let text): text.utf16.count
        case .array(let items): items.reduce(0) { $0 + textUnits($1) }
        case .object(let fields): fields.reduce(0) { $0 + $1.name.utf16.count + textUnits($1.value) }
        default: 0
        }
    }
}
