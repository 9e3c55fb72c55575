internal import HTTPServer
internal import OpenSenseWebhooks

/// Where deliveries are received, as `listen` says it: an address, or an object with an address and the
/// proxies that are in front.
struct FrontDoorDocument {
    private(set) var address: ListenAddress?
    private(set) var trustedProxies = TrustedProxies()

    init(_ node: SettingNode, _ reader: inout SettingReader) {
        guard case .object(_) = node.value else {
            address = reader.listenAddress(node)
            return
        }
        let members = reader.object(node, names: ["address", "trustedProxies"])
        address = members["address"].flatMap { reader.listenAddress($0) }
        guard let given = members["trustedProxies"], let items = reader.items(given) else { return }
        var networks: [TrustedProxies.Network] = []
        for item in items {
            guard let text = reader.text(item) else { continue }
            if let network = TrustedProxies.Network(text) {
                networks.append(network)
            } else {
                reader.add(
                    item.path,
                    "Expected an address or a network without bits behind its length, such as \"10.0.0.0/8\"."
                )
            }
        }
        trustedProxies = TrustedProxies(networks)
    }
}

extension SettingReader {
    /// An address to listen on; nil where it is at fault.
    mutating func listenAddress(_ node: SettingNode) -> ListenAddress? {
        guard let text = text(node) else { return nil }
        guard let address = ListenAddress(text) else {
            add(node.path, "Expected HOST:PORT, such as \"127.0.0.1:8080\".")
            return nil
        }
        return address
    }
}
