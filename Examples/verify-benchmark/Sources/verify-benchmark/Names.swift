/// What the contenders are called, in the samples and in the table; those of Python are in peers.py.
enum Names {
    static let floor = "floor: EVP_MAC, keyed context reused"
    static let lowLevelFloor = "floor: SHA256_CTX, copied"
    static let ours = "WebhookVerifier, header's bytes"
    static let oursByHeaders = "WebhookVerifier, list of headers"
    static let swiftCrypto = "swift-crypto, written by hand"
    static let swiftCryptoMAC = "swift-crypto, HMAC alone"

    static let floors = [floor, lowLevelFloor]
    static let allOfOurs = [ours, oursByHeaders]
}
