internal import CMicroHTTPD
internal import HeaderFields

/// A request head as libmicrohttpd left it in its memory.
///
/// The library reads C strings: of `X: a\0b` it reports `a`. It writes its own zeros over the line ends, so
/// whether the sender sent one is seen from the distances alone: each value must be followed by exactly two
/// bytes (CR LF) before the next name, and the last one by four. A NUL, a bare LF or CR and a folded line all
/// break that.
@unsafe struct RawHead {
    var names: [UnsafeBufferPointer<UInt8>] = unsafe []
    var values: [UnsafeBufferPointer<UInt8>] = unsafe []

    /// Lists the fields of `connection`; the pointers hold until the request completes.
    init(of connection: OpaquePointer) {
        unsafe withUnsafeMutablePointer(to: &self) { head in
            // The callback runs inside this call only, so the pointer to `self` stays good.
            _ = unsafe MHD_get_connection_values_n(
                connection, .HEADER_KIND,
                { context, _, name, nameCount, value, valueCount in
                    guard let head = unsafe context?.assumingMemoryBound(to: RawHead.self) else { return .NO }
                    unsafe head.pointee.names.append(RawHead.bytes(name, nameCount))
                    unsafe head.pointee.values.append(RawHead.bytes(value, valueCount))
                    return .YES
                }, head)
        }
    }

    /// Whether the bytes of the head are accounted for: none was hidden from the library by a NUL.
    ///
    /// - Parameters:
    ///   - method: Where the head begins.
    ///   - version: Where the version stands; it ends the request line.
    ///   - size: Bytes from the method to the end of the empty line.
    func isComplete(method: UnsafePointer<CChar>, version: UnsafePointer<CChar>, size: Int) -> Bool {
        guard unsafe RawHead.libraryHidesBytes else { return true }
        let start = UInt(bitPattern: method)
        var next = unsafe UInt(bitPattern: version) + UInt(RawHead.versionByteCount) + 2
        for index in unsafe names.indices {
            guard unsafe UInt(bitPattern: names[index].baseAddress) == next else { return false }
            guard let value = unsafe values[index].baseAddress else { return false }
            next = unsafe UInt(bitPattern: value) + UInt(values[index].count) + 2
        }
        return next + 2 == start + UInt(size)
    }

    /// The fields as text, or nil where a name is no token or a value holds a control character.
    func fields() -> [HeaderField]? {
        var fields: [HeaderField] = []
        unsafe fields.reserveCapacity(names.count)
        for index in unsafe names.indices {
            let name = unsafe names[index]
            let value = unsafe RawHead.trimmed(values[index])
            guard !name.isEmpty, unsafe name.allSatisfy(ASCII.isToken),
                unsafe value.allSatisfy(ASCII.isFieldByte)
            else { return nil }
            unsafe fields.append(HeaderField(HeaderText.decode(name), HeaderText.decode(value)))
        }
        return fields
    }

    private static func bytes(_ text: UnsafePointer<CChar>?, _ count: Int) -> UnsafeBufferPointer<UInt8> {
        // A char and a byte have one layout; the library vouches for `count`.
        unsafe UnsafeBufferPointer(
            start: UnsafeRawPointer(text)?.assumingMemoryBound(to: UInt8.self), count: text == nil ? 0 : count
        )
    }

    private static func trimmed(_ value: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8> {
        var slice = unsafe value[...]
        while let last = unsafe slice.last, last == ASCII.space || last == ASCII.tab {
            unsafe slice.removeLast()
        }
        while let first = unsafe slice.first, first == ASCII.space || first == ASCII.tab {
            unsafe slice.removeFirst()
        }
        return unsafe UnsafeBufferPointer(rebasing: slice)
    }

    /// Whether this is a libmicrohttpd that reads C strings.
    ///
    /// 0.9.77 brought a parser that refuses a NUL by itself, and keeps the head in another layout.
    private static let libraryHidesBytes: Bool = {
        guard let version = unsafe MHD_get_version() else { return true }  // a constant of the library
        let numbers = unsafe String(cString: version).split(separator: ".").map { Int($0) ?? 0 }
        return numbers.lexicographicallyPrecedes([0, 9, 77])
    }()

    /// The length of `HTTP/1.1`.
    static let versionByteCount = 8
}
