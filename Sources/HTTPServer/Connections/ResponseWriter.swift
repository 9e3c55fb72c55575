internal import CMicroHTTPD
internal import HeaderFields

/// Hands responses to libmicrohttpd.
enum ResponseWriter {
    /// Queues `response`, or what `fallback` gives where it cannot be sent.
    ///
    /// False ends the connection.
    static func queue(
        _ response: ServerResponse, on connection: ConnectionHandle, closes: Bool,
        fallback: () -> ServerResponse
    ) -> Bool {
        guard isSendable(response) else {
            let second = fallback()
            let last = isSendable(second) ? second : ServerResponse(status: 500)
            return queueSendable(last, on: connection, closes: true)
        }
        return queueSendable(response, on: connection, closes: closes || response.closesConnection)
    }

    /// The response as bytes, for a request that libmicrohttpd will not take an answer to.
    static func serialize(_ response: ServerResponse) -> [UInt8] {
        // The phrase is a constant of the library, or nil.
        let phrase = unsafe MHD_get_reason_phrase_for(UInt32(clamping: response.status))
        let reason = unsafe phrase.map { unsafe String(cString: $0) } ?? ""
        var head = "HTTP/1.1 \(response.status) \(reason)\r\n"
        if isSendable(response) {
            for field in response.headers where !isOurs(field.name) {
                head += "\(field.name): \(field.value)\r\n"
            }
        }
        head += "Connection: close\r\nContent-Length: \(response.body.count)\r\n\r\n"
        return Array(head.utf8) + response.body
    }

    private static func isSendable(_ response: ServerResponse) -> Bool {
        (200...599).contains(response.status)
            && response.headers.allSatisfy {
                ASCII.isToken($0.name) && $0.value.utf8.allSatisfy(ASCII.isFieldByte)
            }
    }

    /// Fields that the server writes, or that would contradict its framing.
    private static func isOurs(_ name: String) -> Bool {
        switch name.utf8.count {
        case 4: ASCII.equalsIgnoringCase(name, "Date")
        case 10: ASCII.equalsIgnoringCase(name, "Connection")
        case 14: ASCII.equalsIgnoringCase(name, "Content-Length")
        case 17: ASCII.equalsIgnoringCase(name, "Transfer-Encoding")
        default: false
        }
    }

    private static func queueSendable(
        _ response: ServerResponse, on connection: ConnectionHandle, closes: Bool
    ) -> Bool {
        // The body is copied within the call; the response object is ours until destroyed below, and the
        // connection keeps its own reference.
        let created = unsafe response.body.withUnsafeBytes { body in
            unsafe MHD_create_response_from_buffer(
                body.count, UnsafeMutableRawPointer(mutating: body.baseAddress), .RESPMEM_MUST_COPY)
        }
        guard let created = unsafe created else { return false }
        defer { unsafe MHD_destroy_response(created) }
        for field in response.headers where !isOurs(field.name) {
            guard unsafe MHD_add_response_header(created, field.name, field.value) == .YES else {
                return false
            }
        }
        if closes, unsafe MHD_add_response_header(created, "Connection", "close") != .YES { return false }
        return unsafe MHD_queue_response(connection.pointer, UInt32(response.status), created) == .YES
    }
}
