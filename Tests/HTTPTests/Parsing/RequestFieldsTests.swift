internal import HTTPServer
internal import HeaderFields
internal import Testing

@Suite struct `Header fields of one prefix` {
    private static func repeated(_ names: [String]) -> String? {
        ServerRequest(method: "GET", target: "/", headers: names.map { HeaderField($0, "1") })
            .headers.repeatedName(withPrefix: "X-Open-")
    }

    private static let many = (0..<40).map { "X-Open-\($0)" }

    @Test(
        arguments: [
            ([], nil), (["X-Open-A"], nil), (["X-Open-A", "X-Open-B", "X-Open-AB"], nil),
            (["Host", "Host", "X-Ope", "X-Ope"], nil), (["X-Open-A", "Host", "x-open-a"], "x-open-a"),
            (["X-Open-A", "X-OPEN-B", "X-Open-b", "X-Open-A"], "X-Open-b"), (many, nil),
            (many + ["x-oPen-7", "X-Open-8"], "x-oPen-7"), (["X-Open-", "X-Open-"], "X-Open-"),
        ] as [([String], String?)])
    func `are found when one is repeated`(_ row: (names: [String], repeated: String?)) {
        #expect(Self.repeated(row.names) == row.repeated)
    }
}
