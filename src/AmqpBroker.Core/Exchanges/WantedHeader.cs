using AmqpBroker.Protocol;

namespace AmqpBroker.Core.Exchanges;

/// <summary>A header that bindings of a headers exchange ask for, and where it stands in the message that is being matched.</summary>
internal sealed class WantedHeader(byte[] name)
{
    public byte[] Name { get; } = name;

    /// <summary>How many conditions ask for it.</summary>
    public int Uses { get; set; }

    /// <summary>The stamp of the last message that has this header; only for that message the rest holds.</summary>
    public long Stamp { get; set; }

    public FieldType Type { get; set; }

    public int PayloadOffset { get; set; }

    public int PayloadLength { get; set; }
}
