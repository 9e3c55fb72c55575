internal import AdapterKit
internal import OpenSenseWebhooks

/// The `metadata` of an alert or a ping: every field of the event, for filter rules and for people.
struct OpShiftMetadata {
    /// The fields by name, within ``OpShiftLimits/metadataBytesMax`` and its levels.
    let fields: JSONObject

    init(_ update: IncidentUpdate) throws(AdapterError) {
        var fields: [(name: String, value: JSONValue)] = [
            (Self.deliveryIDName, .string(Self.word.cutLine(update.deliveryID))),
            (Self.incidentName, .string(update.key.vendorKey(charactersMax: Self.word.max))),
        ]
        if let note = update.note { fields.append((Self.noteName, .string(Self.word.cutLine(note)))) }
        if update.names.hasName, let place = update.place {
            fields.append((Self.placeName, .string(Self.word.cutLine(place))))
        }
        if let link = update.names.link { fields.append((Self.linkName, .string(link))) }
        var room = OpShiftLimits.metadataBytesMax
        var omitted = 0
        for field in Self.ordered(fields, update.details) {
            let value = try Self.shallow(field.value)
            let bytes = try JSONBody.encode(.object([field.name: value])).count
            if bytes > room {
                omitted += 1
                continue
            }
            room -= bytes
            if !fields.contains(where: { $0.name == field.name }) { fields.append((field.name, value)) }
        }
        if omitted > 0 { fields.append((Self.omittedName, .string("\(omitted) more, too long for OpShift"))) }
        self.fields = JSONObject(fields.map { ($0.name, $0.value) })
    }

    /// The shortest first, so that one long field leaves room for the others.
    private static func ordered(
        _ own: [(name: String, value: JSONValue)], _ details: JSONObject
    ) -> [(name: String, value: JSONValue)] {
        let sized = details.map { field in
            (field: (name: field.name, value: field.value), bytes: size(field.value))
        }
        return sized.sorted { ($0.bytes, $0.field.name) < ($1.bytes, $1.field.name) }.map(\.field)
    }

    private static func size(_ value: JSONValue) -> Int { (try? JSONBody.encode(value).count) ?? .max }

    /// The value, or its JSON as text where it is nested too deep.
    private static func shallow(_ value: JSONValue) throws(AdapterError) -> JSONValue {
        guard value.levels > OpShiftLimits.fieldLevelsMax else { return value }
        return .string(String(decoding: try JSONBody.encode(value), as: UTF8.self))
    }

    private static let word = TextLimit(max: 512)
    private static let deliveryIDName = "opensense_delivery_id"
    private static let incidentName = "opensense_incident"
    private static let noteName = "opensense_note"
    private static let placeName = "opensense_place"
    private static let linkName = "opensense_link"
    private static let omittedName = "opensense_omitted"
}
