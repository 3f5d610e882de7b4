using System.Text;
using AmqpBroker.Core.Arguments;
using AmqpBroker.Core.Policies;

namespace AmqpBroker.Core.VirtualHosts;

/// <summary>Policies in the journal and in checkpoints.</summary>
internal static class PolicyRecords
{
    internal static void Write(RecordWriter writer, Policy policy)
    {
        writer.Byte((byte)policy.Kind);
        writer.Bytes(Encoding.UTF8.GetBytes(policy.Name));
        writer.Bytes(Encoding.UTF8.GetBytes(policy.Pattern.Text));
        writer.Byte((byte)policy.Target);
        writer.Int64(BitConverter.DoubleToInt64Bits(policy.Priority));
        writer.Table(policy.Definition);
    }

    internal static Policy Read(ref RecordReader reader)
    {
        var kind = (PolicyKind)reader.Byte();
        string name = Text(ref reader);
        NamePattern pattern = NamePattern.Parse(Text(ref reader));
        var target = (PolicyTarget)reader.Byte();
        double priority = BitConverter.Int64BitsToDouble(reader.Int64());
        return new Policy(kind, name, pattern, target, priority, reader.Table());
    }

    internal static void WriteKey(RecordWriter writer, PolicyKind kind, string name)
    {
        writer.Byte((byte)kind);
        writer.Bytes(Encoding.UTF8.GetBytes(name));
    }

    internal static (PolicyKind Kind, string Name) ReadKey(ref RecordReader reader) => ((PolicyKind)reader.Byte(), Text(ref reader));

    private static string Text(ref RecordReader reader) => Encoding.UTF8.GetString(reader.Bytes());
}
