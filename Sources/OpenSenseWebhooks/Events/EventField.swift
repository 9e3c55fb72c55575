/// The names of the fields that the library reads.
enum EventField {
    static let event: JSONFieldName = "event"
    static let delivery: JSONFieldName = "delivery"
    static let attempt: JSONFieldName = "attempt"
    static let kind: JSONFieldName = "kind"
    static let id: JSONFieldName = "id"
    static let severity: JSONFieldName = "severity"
    static let siteID: JSONFieldName = "site_id"
    static let deviceID: JSONFieldName = "device_id"
    static let channelID: JSONFieldName = "channel_id"
    static let valueAt: JSONFieldName = "value_at"
    static let thresholds: JSONFieldName = "thresholds"
    static let okMin: JSONFieldName = "ok_min"
    static let okMax: JSONFieldName = "ok_max"
}
