/// Why a capture cannot be read.
@nonexhaustive public enum CaptureError: Error, Hashable, CustomStringConvertible {
    /// It has no bytes.
    case empty
    /// More than ``Capture/bytesMax`` bytes.
    case tooLong
    /// A header line has no colon; lines count from 1.
    case headerWithoutColon(line: Int)
    /// More than ``Capture/fieldsMax`` header fields.
    case tooManyFields
    /// The body is shorter than `Content-Length` says.
    case bodyCutShort(missingBytes: Int)
    /// A chunked body breaks the rules of chunking.
    case chunksMalformed
    /// A HAR file without a POST request.
    case noRequest

    /// One sentence for a person.
    public var description: String {
        switch self {
        case .empty: "The capture is empty."
        case .tooLong: "The capture is longer than 64 MiB."
        case .headerWithoutColon(let line): "Line \(line) is no header: it has no colon."
        case .tooManyFields: "The capture has more than \(Capture.fieldsMax) headers."
        case .bodyCutShort(let missing):
            "The body is \(missing) byte(s) shorter than its Content-Length: the capture is cut short."
        case .chunksMalformed: "The chunked body does not follow the rules of chunking."
        case .noRequest: "The HAR file holds no POST request."
        }
    }
}
