namespace AmqpBroker.Core.Brokers;

/// <summary>Why a command of <see cref="Administration"/> is not carried out.</summary>
public enum Refusal
{
    /// <summary>What it names does not exist.</summary>
    NotFound,

    /// <summary>It asks for something that cannot be.</summary>
    Invalid,

    /// <summary>It asks for the end of what is protected.</summary>
    Protected,

    /// <summary>The disk does not take it for now: what had begun takes effect when there is room, as the text says.</summary>
    DiskFull,
}

/// <summary>A command of <see cref="Administration"/> is not carried out; nothing has changed, unless <see cref="Refusal.DiskFull"/> says otherwise.</summary>
public sealed class AdministrationException(Refusal refusal, string text) : Exception(text)
{
    /// <summary>Why.</summary>
    public Refusal Refusal { get; } = refusal;
}
