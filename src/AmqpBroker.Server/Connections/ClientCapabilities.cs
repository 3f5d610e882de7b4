using AmqpBroker.Protocol;

namespace AmqpBroker.Server.Connections;

/// <summary>What a client says it can take, in the table <c>capabilities</c> of its client properties.</summary>
internal readonly struct ClientCapabilities
{
    private readonly FieldTable? _table;

    /// <summary>Reads the client properties of start-ok.</summary>
    public ClientCapabilities(FieldTable clientProperties)
    {
        _table = clientProperties.TryGetValue("capabilities"u8, out FieldValue value) && value.Type == FieldType.Table
            ? value.AsTable()
            : null;
    }

    /// <summary>Takes connection.close when its login fails, rather than a closed socket.</summary>
    public bool AuthenticationFailureClose => Has("authentication_failure_close"u8);

    /// <summary>Takes basic.cancel from the server.</summary>
    public bool ConsumerCancelNotify => Has("consumer_cancel_notify"u8);

    /// <summary>Takes connection.blocked and unblocked.</summary>
    public bool ConnectionBlocked => Has("connection.blocked"u8);

    private bool Has(ReadOnlySpan<byte> name) =>
        _table is not null && _table.TryGetValue(name, out FieldValue value) && value.Type == FieldType.Boolean && value.AsBoolean();
}
