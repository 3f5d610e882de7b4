using System.Text;
using AmqpBroker.Protocol;

namespace AmqpBroker.Differential.Wire;

/// <content>The handshake, whole and in steps.</content>
internal sealed partial class Peer
{
    /// <summary>Client properties with every capability that a client can announce.</summary>
    public static readonly (string, object?)[] FullProperties =
    [
        ("product", "differential"),
        ("capabilities", new (string, object?)[]
        {
            ("publisher_confirms", true), ("exchange_exchange_bindings", true), ("basic.nack", true),
            ("consumer_cancel_notify", true), ("connection.blocked", true), ("authentication_failure_close", true),
        }),
    ];

    /// <summary>The capabilities that the broker announced.</summary>
    public string ServerCapabilities { get; private set; } = "";

    private static readonly byte[] s_header = [.. "AMQP"u8, 0, 0, 9, 1];

    /// <summary>Opens the connection; heartbeats are off. Nothing of it is compared, except a refusal.</summary>
    public void Handshake((string, object?)[] clientProperties, Login login)
    {
        Control.Muted = true;
        Header();
        Start(clientProperties, response: $"\0{login.User}\0{login.Password}");
        if (!IsClosed)
        {
            TuneOk();
            Open(login.VirtualHost);
        }

        Control.Muted = false;
        if (IsClosed)
        {
            Control.Record($"(the handshake failed: {_lastWord?.ToString() ?? "socket closed"})");
        }
    }

    /// <summary>Sends a protocol header and waits for what comes.</summary>
    public void Header(byte[]? header = null)
    {
        Send(header ?? s_header);
        string properties = Control.Await("connection.start")?["server-properties"] ?? "";
        int capabilities = properties.IndexOf("capabilities=", StringComparison.Ordinal);
        ServerCapabilities = capabilities < 0 ? "" : properties[capabilities..(properties.IndexOf('}', capabilities) + 1)];
    }

    /// <summary>Logs in and waits for tune or a close.</summary>
    public void Start((string, object?)[] clientProperties, string mechanism = "PLAIN", string? response = null, string locale = "en_US")
    {
        ConnectionStartOk startOk = new(
            Fields.Table(clientProperties),
            ShortString.FromString(mechanism),
            Encoding.UTF8.GetBytes(response ?? "\0guest\0guest"),
            ShortString.FromString(locale));
        Control.Call(startOk, "connection.tune");
    }

    /// <summary>Answers tune; no answer is due.</summary>
    public void TuneOk(ushort channelMax = 2047, uint frameMax = 131072, ushort heartbeat = 0) =>
        Control.Send(new ConnectionTuneOk(channelMax, frameMax, heartbeat));

    /// <summary>Opens a virtual host and waits for the answer.</summary>
    public void Open(string virtualHost) =>
        _isOpen |= Control.Call(new ConnectionOpen(ShortString.FromString(virtualHost)), "connection.open-ok") is not null;
}
