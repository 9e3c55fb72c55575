internal import VendorSandbox

/// What a list is asked for, and how its pages are made.
///
/// - Source: betterstack.com/docs/uptime/api/incidents and /pagination (read 2026-11-26).
struct BetterStackQuery {
    private let resolved: String?
    private let acknowledged: String?
    private let perPage: Int
    private let page: Int

    private static let perPageUsual = 10
    private static let perPageMax = 50

    init(_ request: SandboxRequest) {
        resolved = request.queryValue("resolved")
        acknowledged = request.queryValue("acknowledged")
        let asked = request.queryValue("per_page").flatMap { Int($0) } ?? Self.perPageUsual
        perPage = min(max(asked, 1), Self.perPageMax)
        page = max(request.queryValue("page").flatMap { Int($0) } ?? 1, 1)
    }

    /// Whether the list is to have `incident`.
    func asks(for incident: SandboxIncident) -> Bool {
        (resolved == nil || resolved == "\(incident.status == .resolved)")
            && (acknowledged == nil || acknowledged == "\(incident.acknowledgedAt != nil)")
    }

    /// The page of `items`, with the addresses of the others.
    func page(of items: [SandboxJSON]) -> SandboxJSON {
        let last = max((items.count + perPage - 1) / perPage, 1)
        let start = min((page - 1) * perPage, items.count)
        return [
            "data": .array(Array(items[start..<min(start + perPage, items.count)])),
            "pagination": [
                "first": .string(address(1)), "last": .string(address(last)),
                "prev": page > 1 ? .string(address(page - 1)) : .null,
                "next": page < last ? .string(address(page + 1)) : .null,
            ],
        ]
    }

    private func address(_ page: Int) -> String {
        "https://uptime.betterstack.com/api/v3/incidents?per_page=\(perPage)&page=\(page)"
    }
}
