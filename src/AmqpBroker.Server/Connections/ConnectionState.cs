namespace AmqpBroker.Server.Connections;

/// <summary>The stages of a connection, named as RabbitMQ names them in its error texts.</summary>
internal enum ConnectionState : byte
{
    /// <summary>The protocol header has not come yet.</summary>
    Handshake,

    /// <summary>connection.start was sent: start-ok must come.</summary>
    Starting,

    /// <summary>connection.tune was sent: tune-ok must come.</summary>
    Tuning,

    /// <summary>tune-ok came: connection.open must come.</summary>
    Opening,

    /// <summary>Open.</summary>
    Running,

    /// <summary>The server sent connection.close: all but close and close-ok is discarded.</summary>
    Closing,

    /// <summary>Nothing that comes counts any more.</summary>
    Closed,
}
