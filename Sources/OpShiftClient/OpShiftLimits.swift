internal import AdapterKit
internal import OpenSenseWebhooks

/// What OpShift takes, at most.
///
/// - Source: OpShift's documentation of pings, alerts and its Python SDK. It says neither whether
///   characters are UTF-16 units, nor whether 100 KB are 100,000 bytes, nor whether the object itself is
///   a level: each is read in the way that holds in either case.
enum OpShiftLimits {
    static let titleMax = 200
    static let descriptionMax = 2_000
    static let reasonMax = 200
    static let groupKeyMax = 200
    static let metadataBytesMax = 100_000
    static let metadataLevelsMax = 10
}

extension JSONObject {
    /// Adds a text, if there is one.
    mutating func add(_ name: String, _ text: String?, charactersMax: Int = .max) throws(OpShiftError) {
        guard let text else { return }
        guard text.utf16.count <= charactersMax else {
            throw .argument(
                Self.argument(name),
                "It has \(text.utf16.count) characters; at most \(charactersMax) are taken.")
        }
        append(name, .string(text))
    }

    /// Adds the metadata, if there are any.
    mutating func add(metadata: JSONObject?) throws(OpShiftError) {
        guard let metadata else { return }
        let value = JSONValue.object(metadata)
        guard value.levels <= OpShiftLimits.metadataLevelsMax else {
            throw .argument(
                "metadata", "It is nested deeper than \(OpShiftLimits.metadataLevelsMax) levels.")
        }
        let count: Int
        do { count = try JSONBody.encode(value).count } catch {
            throw .argument("metadata", error.description)
        }
        guard count <= OpShiftLimits.metadataBytesMax else {
            throw .argument(
                "metadata",
                "It has \(count) bytes of JSON; at most \(OpShiftLimits.metadataBytesMax) are taken.")
        }
        append("metadata", value)
    }

    private mutating func append(_ name: String, _ value: JSONValue) {
        self = JSONObject(map { ($0.name, $0.value) } + [(name, value)])
    }

    /// The argument's name in Swift.
    private static func argument(_ name: String) -> String { name == "group_key" ? "groupKey" : name }
}
