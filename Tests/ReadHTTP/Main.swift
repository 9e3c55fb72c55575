internal import Foundation
internal import HTTPReading

/// Reads requests from standard input, each behind four bytes of length, and prints for each a line of what
/// the server's parser makes of it, in hexadecimal words; for `make http-differential`.
@main enum ReadHTTP {
    static func main() {
        while let length = next(4), let bytes = next(length.reduce(0) { $0 << 8 | Int($1) }) {
            let words = ParsedBytes.words(Array(bytes))
            let isCutAlike = ParsedBytes.words(Array(bytes), cutAt: bytes.indices.dropFirst()) == words
            print((isCutAlike ? words : ["differs byte by byte"]).map(hexadecimal).joined(separator: " "))
        }
    }

    private static func next(_ count: Int) -> [UInt8]? {
        var bytes: [UInt8] = []
        while bytes.count < count {
            let data = FileHandle.standardInput.readData(ofLength: count - bytes.count)
            guard !data.isEmpty else { return nil }
            bytes += data
        }
        return bytes
    }

    private static func hexadecimal(_ word: String) -> String {
        word.utf8.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }
}
