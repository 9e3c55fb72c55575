/// Standard base64 (RFC 4648 section 4, padded).
///
/// Of a digest only the canonical spelling decodes: 43 characters of the alphabet, one `=`, and no stray bits
/// in the last character. Every digest has therefore exactly one text.
package enum Base64 {
    /// Characters in the text of a digest.
    package static let digestTextLength = 44
}
