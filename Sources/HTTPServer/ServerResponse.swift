package import HeaderFields

/// What a request is answered with.
///
/// The server adds `Date` and `Content-Length` and decides on `Connection`; fields of those names, and
/// `Transfer-Encoding`, are left out here. A field that cannot be sent (a name that is no token, a control
/// character in a value) turns the whole response into ``ServerRefusal/responseUnsendable``.
package struct ServerResponse: Sendable, Hashable {
    /// The status, 200...599.
    package var status: Int
    /// The header fields, sent in this order.
    package var headers: [HeaderField]
    /// The body; not sent for `HEAD`, 204 and 304.
    package var body: [UInt8]
    /// Whether the connection ends after this response.
    package var closesConnection: Bool

    /// Creates a response.
    package init(
        status: Int, headers: [HeaderField] = [], body: [UInt8] = [], closesConnection: Bool = false
    ) {
        self.status = status
        self.headers = headers
        self.body = body
        self.closesConnection = closesConnection
    }
}
