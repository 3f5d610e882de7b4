using System.Globalization;
using System.Text.RegularExpressions;
using AmqpBroker.Server.Alarms;
using AmqpBroker.Storage;

namespace AmqpBroker.Hosting.Configuration;

/// <summary>All that can be set. The one list that the command line, the environment, the file and the help are made from.</summary>
internal static partial class Settings
{
    /// <summary>In the order of the help.</summary>
    public static IReadOnlyList<Setting> All { get; } =
    [
        new("data-dir", "DIR", "Where everything durable is kept. Default: ./data.",
            static (o, v) => o with { DataDirectory = NotEmpty(v[0]) }),
        new("listen", "HOST:PORT", "Where to listen for AMQP; may be given several times. Port 0: any free one. Default: 127.0.0.1:5672.",
            static (o, v) => o with { Server = o.Server with { Listen = [.. v.SelectMany(ListenAddress.Parse)] } }, IsList: true),
        new("management", "HOST:PORT|off", "Where the management side listens for HTTP (RabbitMQ's is 127.0.0.1:15672). Default: off.",
            static (o, v) => o with { Management = o.Management with { Listen = v[0] == "off" ? [] : [.. ListenAddress.Parse(v[0])] } }),
        new("durability", "fsync|os", "When something durable is confirmed: fsync, once it is on the disk and survives a power cut; os, once the operating system has it. Default: fsync.",
            static (o, v) => o with { Durability = ParseDurability(v[0]) }),
        new("default-user", "NAME", "The user that is made at the first start. Default: guest.",
            static (o, v) => o with { Broker = o.Broker with { DefaultUser = NotEmpty(v[0]) } }, OtherVariable: "RABBITMQ_DEFAULT_USER"),
        new("default-pass", "PASSWORD", "Its password; better given by the environment. Default: guest.",
            static (o, v) => o with { Broker = o.Broker with { DefaultPassword = NotEmpty(v[0]) } }, OtherVariable: "RABBITMQ_DEFAULT_PASS"),
        new("default-vhost", "NAME", "The virtual host that is made at the first start. Default: /.",
            static (o, v) => o with { Broker = o.Broker with { DefaultVirtualHost = NotEmpty(v[0]) } }, OtherVariable: "RABBITMQ_DEFAULT_VHOST"),
        new("loopback-users", "NAME", "Users who may log in from this machine only; may be given several times; 'none' for nobody. Default: guest.",
            static (o, v) => o with { Server = o.Server with { LoopbackUsers = v is ["none"] ? [] : [.. v] } }, IsList: true),
        new("announce-product", "NAME", "The product that clients are told (they choose their behaviour by it). Default: RabbitMQ.",
            static (o, v) => o with { Server = o.Server with { AnnounceProduct = NotEmpty(v[0]) } }),
        new("announce-version", "X.Y.Z", "The version that clients are told. Default: 3.13.7.",
            static (o, v) => o with { Server = o.Server with { AnnounceVersion = ParseVersion(v[0]) } }),
        new("cluster-name", "NAME", "The cluster name that clients are told. Default: amqpbroker@ and the machine's name.",
            static (o, v) => o with { Server = o.Server with { ClusterName = NotEmpty(v[0]) } }),
        new("max-message-bytes", "BYTES", "The longest message body. Default: 16777216.",
            static (o, v) => o with { Server = o.Server with { MaxMessageBytes = Number(v[0], 0, 536_870_912) } }),
        new("memory-high-watermark", "SHARE|SIZE", "The memory that may be used before publishers are blocked: a share of the machine's or container's memory (0.6), or a size (2GB). Default: 0.6.",
            static (o, v) => o with { Server = o.Server with { MemoryLimit = ParseMemoryLimit(v[0]) } }),
        new("memory-for-messages", "SIZE", "What the messages in the queues of a virtual host may take of memory, unacknowledged ones too; beyond it they are on the disk alone until they are next. Default: 128MiB.",
            static (o, v) => o with { Broker = o.Broker with { Limits = o.Broker.Limits with { ReadyMessageBytes = ParseSize(v[0]) } } }),
        new("disk-free-limit", "SIZE", "The space that must be free where the data directory is, or publishers are blocked. Default: 50MB.",
            static (o, v) => o with { Server = o.Server with { DiskFreeLimitBytes = ParseSize(v[0]) } }),
        new("max-connections", "N", "Connections at a time. Default: 65536.",
            static (o, v) => o with { Server = o.Server with { MaxConnections = (int)Number(v[0], 1, 1_000_000) } }),
        new("channel-max", "N", "Channels on a connection; 0 for as many as there are numbers. Default: 2047.",
            static (o, v) => o with { Server = o.Server with { ChannelMax = (ushort)Number(v[0], 0, ushort.MaxValue) } }),
        new("frame-max", "BYTES", "The largest frame. Default: 131072.",
            static (o, v) => o with { Server = o.Server with { FrameMax = (uint)Number(v[0], 4096, 16 * 1024 * 1024) } }),
        new("heartbeat", "SECONDS", "The heartbeat interval proposed to clients; 0 for none. Default: 60.",
            static (o, v) => o with { Server = o.Server with { HeartbeatSeconds = (ushort)Number(v[0], 0, ushort.MaxValue) } }),
        new("consumer-timeout", "MS|none", "How long a delivery may stay unacknowledged before it goes back to its queue; none for ever. A queue or a consumer says otherwise by its argument x-consumer-timeout. Default: 1800000.",
            static (o, v) => o with { Broker = o.Broker with { Limits = o.Broker.Limits with { ConsumerTimeoutMs = v[0] == "none" ? 0 : Number(v[0], 0, LongestTimeMs) } } }),
        new("consumers-per-channel", "N", "Consumers on a channel. Default: 65536.",
            static (o, v) => o with { Broker = o.Broker with { Limits = o.Broker.Limits with { ConsumersPerChannel = (int)Number(v[0], 1, 1_000_000) } } }),
        new("handshake-timeout", "SECONDS", "From a client's connecting to its being logged in. Default: 10.",
            static (o, v) => o with { Server = o.Server with { HandshakeTimeoutMs = (int)Number(v[0], 1, 3600) * 1000 } }),
        new("shutdown-timeout", "SECONDS", "How long a stop waits for clients to say goodbye. Default: 5.",
            static (o, v) => o with { Server = o.Server with { ShutdownTimeoutMs = (int)Number(v[0], 0, 3600) * 1000 } }),
    ];

    /// <summary>Ten years: what RabbitMQ allows for every time that is given to it.</summary>
    private const long LongestTimeMs = 315_360_000_000;

    private static string NotEmpty(string value) =>
        value.Length > 0 ? value : throw new SettingException("must not be empty");

    private static JournalSync ParseDurability(string value) => value switch
    {
        "fsync" => JournalSync.Fsync,
        "os" => JournalSync.Os,
        _ => throw new SettingException($"is fsync or os, not '{value}'"),
    };

    private static MemoryLimit ParseMemoryLimit(string value) =>
        MemoryLimit.TryParse(value) ?? throw new SettingException($"is a share from 0.0 to 1.0, or a size such as 2GB, not '{value}'");

    private static long ParseSize(string value) =>
        ByteSize.TryParse(value) ?? throw new SettingException($"is a size such as 50MB or 2GiB, not '{value}'");

    private static string ParseVersion(string value) =>
        DottedNumbers().IsMatch(value) ? value : throw new SettingException($"is numbers with dots, such as 3.13.7, not '{value}'");

    private static long Number(string value, long lowest, long highest) =>
        long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out long number) && number >= lowest && number <= highest
            ? number
            : throw new SettingException($"is a number from {lowest} to {highest}, not '{value}'");

    [GeneratedRegex(@"^\d+(\.\d+)+$")]
    private static partial Regex DottedNumbers();
}
