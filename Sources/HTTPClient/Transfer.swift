internal import ASCIIBytes
internal import CLibCurl
internal import HeaderFields

/// One libcurl easy handle and the one exchange that it carries.
///
/// A handle is never used twice: libcurl 7.88.1 keeps a pointer to the last header field of the exchange
/// before, and writes to it when the next answer begins with a continued line. Connections, and what is
/// known of names and certificates, belong to the multi handle and outlive it.
///
/// Used by the client's thread alone. Owns the handle, its error text and its header list; deinit frees them.
@safe final class Transfer {
    let easy: UnsafeMutableRawPointer
    private let errorText: UnsafeMutablePointer<CChar>
    private var headerList: UnsafeMutablePointer<curl_slist>?
    private var completion: HTTPClient.Completion?
    /// When the exchange must have ended, with some time for the library to end it by itself.
    private(set) var deadline = ContinuousClock.now
    /// What the request can be cancelled by.
    var ticket: UInt64 = 0
    private var headers: [HeaderField] = []
    private var headerBytesSeen = 0
    private var body: [UInt8] = []
    private var bodyBytesSeen = 0
    /// Whether something of the request may have been sent, over this connection or one before it.
    private var hasBegun = false
    /// Why this module broke the transfer off.
    private var stop: Stop?

    private enum Stop {
        case bodyLongEnough, headersTooLarge
    }

    /// Creates a handle without a request; nil when memory is out.
    init?() {
        guard let easy = unsafe curl_easy_init() else { return nil }
        unsafe self.easy = easy
        unsafe errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        unsafe errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        setFixedOptions()
    }

    deinit {
        unsafe curl_easy_cleanup(easy)
        unsafe curl_slist_free_all(headerList)
        unsafe errorText.deallocate()
    }

    /// Loads a request that has been checked.
    ///
    /// False when memory is out.
    func prepare(_ request: ClientRequest, completion: @escaping HTTPClient.Completion) -> Bool {
        self.completion = completion
        guard setHeaders(request), setMethod(request) else { return false }
        let timeout = Int(request.timeoutSeconds * 1_000)
        let milliseconds = max(1, timeout)
        deadline = .now + .milliseconds(milliseconds + ClientEngine.overdueMilliseconds)
        // Strings are copied by the library.
        return unsafe CLibCurl_set_string(easy, CURLOPT_URL, request.url) == CURLE_OK
            && CLibCurl_set_long(easy, CURLOPT_TIMEOUT_MS, milliseconds) == CURLE_OK
            && CLibCurl_set_long(easy, CURLOPT_FRESH_CONNECT, request.needsNewConnection ? 1 : 0) == CURLE_OK
            && CLibCurl_set_long(
                easy, CURLOPT_CONNECTTIMEOUT_MS, min(milliseconds, Transfer.connectMillisecondsMax))
                == CURLE_OK
    }

    /// Ends the exchange with libcurl's result.
    func finish(_ result: CURLcode) {
        let outcome: Result<ClientResponse, ClientFailure>
        switch (result, stop) {
        case (CURLE_OK, _), (_, .bodyLongEnough):
            let status = unsafe Int(CLibCurl_status(easy))
            outcome = .success(ClientResponse(status: status, headers: headers, body: body))
        case (_, .headersTooLarge):
            outcome = .failure(.headerTooLarge)
        default:
            // The library ends its text with a zero within CURL_ERROR_SIZE.
            let detail = unsafe String(cString: errorText)
            let refusal = unsafe hasBegun ? 0 : Int(CLibCurl_connect_status(easy))
            outcome = .failure(ClientFailure(result: result, proxyStatus: refusal, detail: detail))
        }
        end(outcome)
    }

    /// Ends the exchange before libcurl does.
    func fail(_ failure: ClientFailure) { end(.failure(failure)) }

    private func end(_ outcome: Result<ClientResponse, ClientFailure>) {
        let completion = self.completion.take()
        completion?(
            outcome.mapError { failure in
                var failure = failure
                failure.isUnsent = !hasBegun
                return failure
            })
    }

    // MARK: Options

    private func setFixedOptions() {
        // Option and type match for each; none of these fails but for lack of memory.
        unsafe CLibCurl_set_long(easy, CURLOPT_NOSIGNAL, 1)
        // Given up while its name is being resolved, an exchange leaves the resolving thread behind instead
        // of waiting for it on the thread that drives all others.
        unsafe CLibCurl_set_quick_exit(easy)
        unsafe CLibCurl_set_string(easy, CURLOPT_PROTOCOLS_STR, "http,https")
        unsafe CLibCurl_set_long(easy, CURLOPT_FOLLOWLOCATION, 0)
        unsafe CLibCurl_set_long(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
        // One connection, one exchange: a stalled HTTP/2 connection would hold up every lane of its host.
        unsafe CLibCurl_set_long(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1)
        unsafe CLibCurl_set_pointer(easy, CURLOPT_ERRORBUFFER, errorText)
        // The callbacks run within curl_multi_perform(), while the client holds this object.
        let context = unsafe Unmanaged.passUnretained(self).toOpaque()
        unsafe CLibCurl_set_pointer(easy, CURLOPT_WRITEDATA, context)
        unsafe CLibCurl_set_pointer(easy, CURLOPT_HEADERDATA, context)
        // Called when the connection is there, TLS and a proxy's tunnel included, and nothing is sent yet.
        let isTold = unsafe CLibCurl_set_before_request(easy, context) { context, _, _, _, _ in
            guard let context = unsafe context else { return CURL_PREREQFUNC_OK }
            unsafe Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue().hasBegun = true
            return CURL_PREREQFUNC_OK
        }
        if !isTold { hasBegun = true }
        unsafe CLibCurl_set_sink(easy, CURLOPT_WRITEFUNCTION) { bytes, size, count, context in
            guard let context = unsafe context else { return 0 }
            let transfer = unsafe Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
            return unsafe transfer.receiveBody(UnsafeRawBufferPointer(start: bytes, count: size * count))
        }
        unsafe CLibCurl_set_sink(easy, CURLOPT_HEADERFUNCTION) { bytes, size, count, context in
            guard let context = unsafe context else { return 0 }
            let transfer = unsafe Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
            return unsafe transfer.receiveHeader(UnsafeRawBufferPointer(start: bytes, count: size * count))
        }
    }

    private func setHeaders(_ request: ClientRequest) -> Bool {
        var lines = request.headers.map { $0.value.isEmpty ? "\($0.name);" : "\($0.name): \($0.value)" }
        // A name without a value keeps the library from adding its own.
        for name in Transfer.namesNotAdded where request.headers.firstValue(named: name) == nil {
            lines.append("\(name):")
        }
        for line in lines {
            guard let longer = unsafe curl_slist_append(headerList, line) else { return false }
            unsafe headerList = longer
        }
        return unsafe CLibCurl_set_headers(easy, headerList) == CURLE_OK
    }

    private func setMethod(_ request: ClientRequest) -> Bool {
        if request.method == "HEAD" { unsafe CLibCurl_set_long(easy, CURLOPT_NOBODY, 1) }
        let expectsBody = Transfer.methodsWithBody.contains(request.method)
        if let bytes = request.body ?? (expectsBody ? [] : nil) {
            guard setBody(bytes) else { return false }
        }
        return unsafe CLibCurl_set_string(easy, CURLOPT_CUSTOMREQUEST, request.method) == CURLE_OK
    }

    private func setBody(_ bytes: [UInt8]) -> Bool {
        unsafe CLibCurl_set_long(easy, CURLOPT_POST, 1)
        // The size goes first: the bytes may hold zeros. They are copied by the library within the call.
        unsafe CLibCurl_set_size(easy, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(bytes.count))
        guard !bytes.isEmpty else {
            return unsafe CLibCurl_set_string(easy, CURLOPT_COPYPOSTFIELDS, "") == CURLE_OK
        }
        return unsafe bytes.withUnsafeBytes { buffer in
            let text = unsafe buffer.assumingMemoryBound(to: CChar.self).baseAddress
            return unsafe CLibCurl_set_string(easy, CURLOPT_COPYPOSTFIELDS, text) == CURLE_OK
        }
    }

    // MARK: Receiving

    /// Takes a piece of the body.
    ///
    /// Less than all of it ends the transfer.
    private func receiveBody(_ bytes: UnsafeRawBufferPointer) -> Int {
        bodyBytesSeen += bytes.count
        let room = HTTPClient.bodyBytesMax - body.count
        unsafe body.append(contentsOf: bytes.prefix(room))
        guard bodyBytesSeen > HTTPClient.bodyBytesMax + Transfer.discardBytesMax else { return bytes.count }
        stop = .bodyLongEnough
        return -1
    }

    /// Takes one line of the header.
    ///
    /// Less than all of it ends the transfer.
    private func receiveHeader(_ bytes: UnsafeRawBufferPointer) -> Int {
        headerBytesSeen += bytes.count
        guard headerBytesSeen <= Transfer.headerBytesMax else {
            stop = .headersTooLarge
            return -1
        }
        let text = unsafe bytes.withMemoryRebound(to: UInt8.self) { unsafe HeaderText.decode($0) }
        let line = text.utf8.prefix { $0 != 0x0D && $0 != 0x0A }
        if ASCII.hasPrefixIgnoringCase(text, "HTTP/") {
            headers = []  // the response that counts is the last: 100 Continue comes before it
        } else if let colon = line.firstIndex(of: UInt8(ascii: ":")) {
            let value = line[line.index(after: colon)...]
            headers.append(
                HeaderField(String(line[..<colon]) ?? "", Transfer.trimmed(value)))
        }
        return bytes.count
    }

    private static func trimmed(_ value: Substring.UTF8View) -> String {
        let isSpace = { (byte: UInt8) in byte == ASCII.space || byte == ASCII.tab }
        let start = value.drop(while: isSpace)
        let kept = start.reversed().drop(while: isSpace).reversed()
        return String(decoding: kept, as: UTF8.self)
    }

    /// What libcurl would add by itself.
    private static let namesNotAdded = ["Expect", "Accept", "Content-Type"]
    private static let methodsWithBody: Set<String> = ["POST", "PUT", "PATCH"]
    private static let connectMillisecondsMax = 5_000
    static let headerBytesMax = 65_536
    /// What is read past the kept body so that the connection can be used again.
    private static let discardBytesMax = 1_048_576
}
