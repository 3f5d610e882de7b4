using System.Xml.Linq;
using AmqpBroker.Interop.Shared;
using AmqpBroker.Protocol;

namespace AmqpBroker.Differential.Wire;

/// <summary>A received method: its name and its fields by the names that <c>spec/amqp0-9-1.xml</c> gives them, as text.</summary>
internal sealed record ReceivedMethod(string Name, IReadOnlyList<(string Name, string Value)> Arguments)
{
    public string this[string argument] => Arguments.First(a => a.Name == argument).Value;

    public override string ToString() =>
        Name + string.Concat(Arguments.Where(a => a.Name.Length > 0).Select(a => $" {a.Name}={a.Value}"));
}

/// <summary>Reads any method by the protocol's description, independently of the code that is generated from it.</summary>
internal static class Methods
{
    private static readonly Dictionary<uint, (string Name, (string Name, string Type)[] Fields)> s_methods = Load();

    /// <summary>Reads the payload of a method frame.</summary>
    public static ReceivedMethod Read(ReadOnlySpan<byte> payload)
    {
        AmqpReader reader = new(payload);
        uint key = reader.ReadLong();
        if (!s_methods.TryGetValue(key, out var method))
        {
            return new ReceivedMethod($"unknown method {key >> 16}.{key & 0xFFFF}", []);
        }

        List<(string, string)> arguments = [];
        int bits = 0, bit = 8;
        foreach ((string name, string type) in method.Fields)
        {
            if (type != "bit")
            {
                bit = 8;
                arguments.Add((name, ReadField(ref reader, type)));
                continue;
            }

            if (bit == 8)
            {
                bits = reader.ReadOctet();
                bit = 0;
            }

            arguments.Add((name, (bits >> bit++ & 1) != 0 ? "true" : "false"));
        }

        if (reader.Remaining > 0)
        {
            arguments.Add(("(left over)", Convert.ToHexString(reader.ReadBytes(reader.Remaining))));
        }

        return new ReceivedMethod(method.Name, arguments);
    }

    private static string ReadField(ref AmqpReader reader, string type) => type switch
    {
        "octet" => $"{reader.ReadOctet()}",
        "short" => $"{reader.ReadShort()}",
        "long" => $"{reader.ReadLong()}",
        "longlong" or "timestamp" => $"{reader.ReadLongLong()}",
        "shortstr" => Fields.Print(reader.ReadShortString().Bytes, quoted: true),
        "longstr" => Fields.Print(reader.ReadLongString(), quoted: true),
        "table" => Fields.Print(reader.ReadLongString()),
        _ => throw new InvalidOperationException($"The specification has a field of type {type}."),
    };

    private static Dictionary<uint, (string, (string, string)[])> Load()
    {
        XElement root = XDocument.Load(Path.Combine(Repository.Root, "spec", "amqp0-9-1.xml")).Root!;
        Dictionary<string, string> domains = root.Descendants("domain").ToDictionary(Name, d => (string)d.Attribute("type")!);
        return (
            from type in root.Descendants("class")
            from method in type.Elements("method")
            select KeyValuePair.Create(
                MethodKey.Of((ushort)(int)type.Attribute("id")!, (ushort)(int)method.Attribute("id")!),
                ($"{Name(type)}.{Name(method)}", method.Elements("field").Select(f => Field(f, domains)).ToArray()))).ToDictionary();
    }

    private static (string, string) Field(XElement field, Dictionary<string, string> domains) =>
        ((string?)field.Attribute("reserved") == "yes" ? "" : Name(field), domains[(string)field.Attribute("domain")!]);

    private static string Name(XElement element) => (string)element.Attribute("name")!;
}
