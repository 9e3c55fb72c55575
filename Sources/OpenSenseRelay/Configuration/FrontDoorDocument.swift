internal import HTTPServer
internal import OpenSenseWebhooks

/// Where deliveries are received, as `listen` says it: an address, or an object with an address and the
/// proxies that are in front.
struct FrontDoorDocument {
    private(set) var address: ListenAddress?
    private(set) var trustedProxies = TrustedProxies()

    init(_ node: SettingNode, _ reader: inout SettingReader) {
        guard case .object(_) = node.value else {
            address = ConfigurationDocument.address(node, &reader)
            return
        }
        let members = reader.object(node, names: ["address", "trustedProxies"])
        address = members["address"].flatMap { ConfigurationDocument.address($0, &reader) }
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
