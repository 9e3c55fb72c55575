public import AdapterTesting
internal import FoundationEssentials

/// The folder of an adapter's golden files.
public struct GoldenFolder: Sendable {
    private let path: String

    /// The folder `name` within `Fixtures`, beside the file of the test.
    public init(_ name: String, beside file: String = #filePath) {
        path = URL(filePath: file).deletingLastPathComponent().appending(path: "Fixtures/\(name)").path
    }

    /// The text of the file `name`; where the environment has `GOLDEN_FILES=write`, it is made `text` first.
    ///
    /// - Throws: When there is no such file.
    public func stored(_ name: String, now text: String) throws -> String {
        let url = URL(filePath: path).appending(path: "\(name).txt")
        if ProcessInfo.processInfo.environment["GOLDEN_FILES"] == "write" {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            try Data(text.utf8).write(to: url)
        }
        return String(decoding: try Data(contentsOf: url), as: UTF8.self)
    }

    /// The example in the file `name`.
    ///
    /// - Throws: When there is no such example.
    public func example(_ name: String) throws -> GoldenExample {
        let url = URL(filePath: path).appending(path: "\(name).txt")
        let text = String(decoding: try Data(contentsOf: url), as: UTF8.self)
        guard let example = GoldenExample(text) else { throw NoExample(name: name) }
        return example
    }

    private struct NoExample: Error {
        let name: String
    }
}
