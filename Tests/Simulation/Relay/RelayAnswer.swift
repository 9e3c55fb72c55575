/// The relay's answer to one webhook request.
struct RelayAnswer {
    var status: Int
    var code: String
    var retryAfterSeconds: Int?
}
