/// A connector as the appliance stores it; nil is SQL's NULL.
package struct CloudConnector: Sendable, Equatable {
    package var id: Int
    package var name: String?
    package var url: String?
    package var urlProxy: String?
    package var provider: String?
    package var region: String?
    package var accessKey: String?
    package var secretKey: String?
    package var options: String?

    package init(
        id: Int, name: String?, url: String?, urlProxy: String? = nil, provider: String?, region: String? = nil,
        accessKey: String? = nil, secretKey: String? = nil, options: String? = nil
    ) {
        self.id = id
        self.name = name
        self.url = url
        self.urlProxy = urlProxy
        self.provider = provider
        self.region = region
        self.accessKey = accessKey
        self.secretKey = secretKey
        self.options = options
    }

    /// The eleven providers that the appliance's API description names.
    package static let providers = [
        "generic_s3", "amazon_aws_s3", "cloudian_hyperstore", "scality_ring", "dell_emc_ecs", "azure",
        "google_cloud_storage", "openstack_swift", "wasabi", "quantum_activescale", "datacore_swarm",
    ]
}

/// What the appliance holds when it starts.
package struct ApplianceSeed: Sendable {
    package var connectors: [CloudConnector]

    package init(connectors: [CloudConnector]) { self.connectors = connectors }

    package static let empty = ApplianceSeed(connectors: [])

    /// Eight connectors over eight providers. Every secret holds `SECRET` and differs from all others, so that a test
    /// can look for them anywhere.
    package static let demo = ApplianceSeed(connectors: [
        CloudConnector(
            id: 1, name: "aws-archive", url: "https://s3.eu-west-1.amazonaws.com", provider: "amazon_aws_s3",
            region: "eu-west-1", accessKey: "AKIADEMOARCHIVE00001", secretKey: "SECRET-1-aws-archive-Jq3vT8",
            options: "use_path_request_style,multipart_size=64"),
        CloudConnector(
            id: 2, name: "azure-backup", url: "https://demo.blob.core.windows.net", provider: "azure",
            region: "westeurope", accessKey: "demoazurebackup", secretKey: "SECRET-2-azure-backup-k0Lw2Z=="),
        CloudConnector(
            id: 3, name: "gcs-media", url: "https://storage.googleapis.com", provider: "google_cloud_storage",
            region: "europe-west4", accessKey: "GOOGDEMOMEDIA", secretKey: "SECRET-3-gcs-media-p9Xe\"quoted\""),
        CloudConnector(
            id: 4, name: "wasabi-cold", url: "https://s3.eu-central-1.wasabisys.com",
            urlProxy: "http://proxyuser:SECRET-4-proxy-pass@proxy.example:3128", provider: "wasabi",
            region: "eu-central-1", accessKey: "WASABIDEMOCOLD", secretKey: "SECRET-4-wasabi-cold-Rr71"),
        CloudConnector(
            id: 5, name: "scality-ring-paris", url: "https://ring.paris.example:8443", provider: "scality_ring",
            region: "paris", accessKey: "scality-demo", secretKey: "SECRET-5-scality-\\back\\slash",
            options: "nocopyapi,passwd=SECRET-5-mount-option"),
        CloudConnector(
            id: 6, name: "ecs lab / 2.nd floor", url: "https://ecs.lab.example:9021", provider: "dell_emc_ecs",
            region: "lab", accessKey: "ecs-demo", secretKey: "SECRET-6-ecs-lab-\u{e9}\u{20ac}\u{1f511}"),
        CloudConnector(
            id: 7, name: "swift-research", url: "https://swift.research.example:5000/v3", provider: "openstack_swift",
            region: "RegionOne", accessKey: "research", secretKey: "SECRET-7-swift-research-Vb55"),
        CloudConnector(
            id: 8, name: "minio-unreachable", url: "http://unreachable.minio.example:9000", provider: "generic_s3",
            accessKey: "minio-demo", secretKey: "SECRET-8-minio-local-00Aa"),
    ])
}
