/// The columns of a cloud connector in the order in which the appliance renders them.
enum ConnectorAttribute: String, CaseIterable {
    case id, name, url
    case urlProxy = "url_proxy"
    case provider, region
    case accessKey = "access_key"
    case secretKey = "secret_key"
    case options

    init?(named name: String) {
        guard let found = Self.allCases.first(where: { $0.rawValue.isSame(as: name) }) else { return nil }
        self = found
    }

    /// What a list can be filtered by. The appliance takes the secret too, undocumented.
    static let filters = allCases.filter { $0 != .options }
    static let writable = allCases.filter { $0 != .id }
}

extension CloudConnector {
    subscript(_ attribute: ConnectorAttribute) -> String? {
        get {
            switch attribute {
            case .id: String(id)
            case .name: name
            case .url: url
            case .urlProxy: urlProxy
            case .provider: provider
            case .region: region
            case .accessKey: accessKey
            case .secretKey: secretKey
            case .options: options
            }
        }
        set {
            switch attribute {
            case .id: break
            case .name: name = newValue
            case .url: url = newValue
            case .urlProxy: urlProxy = newValue
            case .provider: provider = newValue
            case .region: region = newValue
            case .accessKey: accessKey = newValue
            case .secretKey: secretKey = newValue
            case .options: options = newValue
            }
        }
    }

    /// The model as the appliance renders it, the secret in clear.
    var json: JSONValue {
        .object(ConnectorAttribute.allCases.map { attribute in
            let text = self[attribute]
            return JSONMember(attribute.rawValue, attribute == .id ? .int(id) : text.map(JSONValue.string) ?? .null)
        })
    }
}
