/// Text of header bytes: UTF-8 where they are valid UTF-8, else Latin-1, so that no byte is lost.
package enum HeaderText {
    package static func decode(_ bytes: UnsafeBufferPointer<UInt8>) -> String {
        if let text = unsafe String(validating: bytes, as: UTF8.self) { return text }
        // Every byte is the Latin-1 code of one scalar, so this cannot fail.
        var text = String.UnicodeScalarView()
        unsafe bytes.forEach { text.append(Unicode.Scalar($0)) }
        return String(text)
    }
}
