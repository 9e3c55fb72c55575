import Foundation

/// An HTTP answer.
struct Answer: Equatable {
    var status: Int
    /// By lower-case name.
    var headers: [String: String]
    var body: String

    /// The `code` of a JSON body.
    var code: String? { (try? JSONDecoder().decode(Body.self, from: Data(body.utf8)))?.code }
    /// The `delivery_id` of a JSON body.
    var deliveryID: String? { (try? JSONDecoder().decode(Body.self, from: Data(body.utf8)))?.delivery_id }

    private struct Body: Decodable {
        let code: String
        let message: String
        let delivery_id: String?
    }

    /// The answer that `bytes` begin with, and how many bytes it is; nil while it is not whole.
    static func parse(_ bytes: [UInt8]) -> (answer: Answer, length: Int)? {
        guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
        let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).split(separator: "\r\n")
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            headers[parts[0].lowercased()] = parts.count > 1 ? String(parts[1].drop { $0 == " " }) : ""
        }
        let length = end.upperBound + (headers["content-length"].flatMap { Int($0) } ?? 0)
        guard bytes.count >= length, let status = lines.first?.split(separator: " ").dropFirst().first else {
            return nil
        }
        let body = String(decoding: bytes[end.upperBound..<length], as: UTF8.self)
        return (Answer(status: Int(status) ?? 0, headers: headers, body: body), length)
    }
}

/// A well-formed request.
struct Request {
    var method = "POST"
    var path = "/opensense"
    var headers: [(String, String)] = []
    var body: [UInt8] = []
    /// Whether the server is asked to close after its answer.
    var isLast = true

    /// The request on the wire.
    var bytes: [UInt8] {
        var text = "\(method) \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        if isLast { text += "Connection: close\r\n" }
        for (name, value) in headers { text += "\(name): \(value)\r\n" }
        if method == "POST" { text += "Content-Length: \(body.count)\r\n" }
        return Array((text + "\r\n").utf8) + body
    }

    /// Sends it to a port of this machine and reads the answer.
    func send(to port: Int) throws -> Answer {
        let connection = try Connection(port: port)
        connection.send(bytes)
        return try connection.answer()
    }
}
