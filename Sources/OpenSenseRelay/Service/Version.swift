/// The version of this software.
package enum Version {
    /// As in `opensense-relay --version`.
    package static let text = "0.1.0"
    /// The `User-Agent` of requests to vendors.
    static let userAgent = "opensense-relay/\(text)"
}
