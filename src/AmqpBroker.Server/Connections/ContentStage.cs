namespace AmqpBroker.Server.Connections;

/// <summary>Where a channel stands between a method and the end of its content.</summary>
internal enum ContentStage : byte
{
    /// <summary>No content under way: a method must come.</summary>
    None,

    /// <summary>The method came: its content header must follow.</summary>
    Header,

    /// <summary>The header came: body frames must follow.</summary>
    Body,
}
