namespace AmqpBroker.Core.Policies;

/// <summary>Whose policy it is. One of each kind at most holds for a queue. The numbers are part of the journal's format.</summary>
public enum PolicyKind : byte
{
    /// <summary>A policy: what users of the virtual host want.</summary>
    User = 0,

    /// <summary>An operator policy: limits that users cannot exceed.</summary>
    Operator = 1,
}
