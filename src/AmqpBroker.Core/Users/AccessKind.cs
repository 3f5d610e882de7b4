namespace AmqpBroker.Core.Users;

/// <summary>The three kinds of access that permissions know.</summary>
internal enum AccessKind : byte
{
    /// <summary>Declare and delete.</summary>
    Configure,

    /// <summary>Put messages in: publish, and bind as the destination.</summary>
    Write,

    /// <summary>Take messages out: get, consume, purge, and bind as the source.</summary>
    Read,
}
