import Foundation
import OpenSenseWebhooks
import Testing

/// The published vectors, which another implementation made.
@Suite struct `The published vectors` {
    struct File: Decodable {
        var version: Int
        var vectors: [Vector]
    }

    struct Vector: Decodable, CustomTestStringConvertible {
        var name: String
        var secrets: [String]
        var headers: [String]
        var body: Data
        var now: Int
        var expect: String
        var secretIndex: Int?
        var testDescription: String { name }
    }

    static let vectors: [Vector] = {
        let path = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Vectors/signatures.json")
        let file = (try? Data(contentsOf: path)).flatMap { try? JSONDecoder().decode(File.self, from: $0) }
        return file?.vectors ?? []
    }()

    @Test func `are there`() {
        #expect(Self.vectors.count >= 46)
        #expect(Set(Self.vectors.map(\.name)).count == Self.vectors.count)
    }

    @Test(arguments: vectors) func `hold`(_ vector: Vector) throws {
        let verifier = try WebhookVerifier(secrets: vector.secrets.map { try Secret($0) })
        var outcome = "ok"
        var secretIndex: Int?
        do throws(VerificationError) {
            let body = Array(vector.body)
            secretIndex = try verifier.verify(
                body: body.span, signatureHeaders: vector.headers, at: vector.now
            )
            .secretIndex
        } catch { outcome = error.code }
        #expect(outcome == vector.expect)
        #expect(secretIndex == vector.secretIndex)
    }
}
