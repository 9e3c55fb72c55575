import Foundation
import HTTPServer
import OpenSenseWebhooks
import Testing

/// The tables of the documentation list what the sources have: no more, no less.
@Suite struct `The tables of the documentation` {
    static let receiving = "Sources/OpenSenseWebhooks/Receiving"

    /// The codes that fill a cell of the tables under a heading, one for each row.
    private static func codes(_ article: String, under heading: String) throws -> [String] {
        let text = try Repository.text("\(Repository.catalogue)/\(article).md")
        let section = try #require(text.components(separatedBy: "## \(heading)\n").dropFirst().first)
        return try #require(section.components(separatedBy: "\n## ").first).split(separator: "\n").compactMap
        {
            $0.firstMatch(of: /\| `([a-z0-9-]+)` \|/).map { String($0.1) }
        }
    }

    private static func sorted(_ codes: some Sequence<String>) -> [String] { Set(codes).sorted() }

    @Test func `list every finding of a diagnosis, once`() throws {
        let listed = try Self.codes("MySignatureFails", under: "Every finding")
        let sources = Repository.files(in: "Sources/OpenSenseWebhooks/Diagnosis", suffix: ".swift")
        let known = try sources.flatMap { try Repository.matches(#""([a-z0-9]+(?:-[a-z0-9]+)+)""#, in: $0) }
        #expect(listed.sorted() == Self.sorted(known))
    }

    @Test func `list every error of a verification, once`() throws {
        let listed = try Self.codes("MySignatureFails", under: "What the error says")
        let known = try Repository.matches(
            #"case \.\w+: "([a-z-]+)"$"#, in: "Sources/OpenSenseWebhooks/Verification/VerificationError.swift"
        )
        #expect(listed.sorted() == Self.sorted(known))
    }

    @Test func `list every refusal of the front door with its status`() throws {
        let text = try Repository.text("Sources/OpenSenseRelay/OpenSenseRelay.docc/Operating.md")
        let section = try #require(text.components(separatedBy: "## What the front door refuses\n").last)
        let rows = section.components(separatedBy: "\n## ")[0].split(separator: "\n")
        for refusal in ServerRefusal.allCases {
            // What passes is put off rather than failed.
            let status = refusal.status == 500 || refusal.status == 503 ? 429 : refusal.status
            let row = rows.first { $0.contains("`\(refusal.code)`") }
            #expect(row?.contains("| \(status) |") == true, "\(refusal.code)")
        }
    }

    @Test func `list every leniency of the reader, once`() throws {
        let listed = try Self.codes("WhatIsRead", under: "Leniencies")
        #expect(listed == JSONLeniency.allCases.map(\.rawValue))
    }

    @Test func `list every answer of a receiver`() throws {
        let listed = try Self.codes("WhatToAnswer", under: "The answers")
        let sources = ["WebhookResponse+Receiver", "WebhookResponse"].map { "\(Self.receiving)/\($0).swift" }
        let known = try sources.flatMap { try Repository.matches(#"code: "([a-z-]+)""#, in: $0) }
        #expect(Self.sorted(listed) == Self.sorted(known))
    }

    @Test func `list every event of a receiver, once`() throws {
        let listed = try Self.codes("WhatToAnswer", under: "What to watch")
        let known = try Repository.matches(
            #"case \.\w+: "([a-z-]+)"$"#, in: "\(Self.receiving)/ReceiverEvent.swift")
        let passedOn = try [
            "Verification/VerificationError.swift", "Events/Delivery.swift",
        ].flatMap {
            try Repository.matches(#"case \.\w+: "([a-z-]+)"$"#, in: "Sources/OpenSenseWebhooks/\($0)")
        }
        #expect(listed.sorted() == Self.sorted(known + passedOn))
    }

    @Test func `name every public type in a group of the landing page`() throws {
        let page = "\(Repository.catalogue)/OpenSenseWebhooks.md"
        let named = try Repository.matches(#"^- ``(\w+)``$"#, in: page)
        let types = try SymbolGraph.of("OpenSenseWebhooks").written.filter { $0.pathComponents.count == 1 }
        #expect(named.sorted() == types.map { $0.pathComponents[0] }.sorted())
        let articles = Repository.articles.filter { $0 != page }.compactMap { path in
            path.split(separator: "/").last?.dropLast(3)
        }
        #expect(try Repository.matches(#"^- <doc:(\w+)>$"#, in: page).sorted() == articles.map(String.init))
    }

    @Test func `say how long the sender tries, as the library knows it`() throws {
        #expect(LedgerRetention.retryHorizonSeconds == [5, 30, 300, 1_800, 3_600, 21_600].reduce(0, +))
        #expect(LedgerRetention.retryHorizonSeconds == 7 * 3_600 + 35 * 60 + 35)
        for article in ["RotateASecret", "WhatToAnswer", "DeduplicateAcrossInstances"] {
            let text = try Repository.text("\(Repository.catalogue)/\(article).md")
            #expect(text.contains("27,335 s"), "\(article)")
        }
        let policy = ResponsePolicy.standard
        #expect((policy.answerWithinSeconds, policy.leaseSeconds) == (4, 60))
        #expect((policy.handlersMax, policy.bodyBytesMax) == (256, 1_048_576))
        #expect(policy.failureRetryAfterSeconds == 5)
        #expect((InMemoryDeliveryLedger.bytesPerID, LedgerRetention.standard.seconds) == (48, 86_400))
    }
}
