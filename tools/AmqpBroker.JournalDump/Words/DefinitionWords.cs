using AmqpBroker.Core.Exchanges;
using AmqpBroker.Core.Policies;
using AmqpBroker.Core.VirtualHosts;
using AmqpBroker.Protocol;

namespace AmqpBroker.JournalDump.Words;

/// <summary>Exchanges, queues, bindings and policies, as records and images hold them, in words.</summary>
internal static class DefinitionWords
{
    public static string Exchange(ref RecordReader reader)
    {
        ShortString name = reader.Name();
        ShortString type = reader.Name();
        bool autoDelete = reader.Flag();
        bool isInternal = reader.Flag();
        int arguments = reader.Table().RawBytes.Length;
        int state = ExchangeTypes.Get(type).KeepsState ? reader.Count() : 0;
        return $"'{name}' of type {type}{(autoDelete ? ", auto-delete" : "")}{(isInternal ? ", internal" : "")}{(state > 0 ? $", state {state}" : "")}{Arguments(arguments)}";
    }

    public static string Queue(ref RecordReader reader)
    {
        int id = reader.Count();
        ShortString name = reader.Name();
        bool autoDelete = reader.Flag();
        return $"number {id} '{name}'{(autoDelete ? ", auto-delete" : "")}{Arguments(reader.Table().RawBytes.Length)}";
    }

    public static string Binding(ref RecordReader reader)
    {
        ShortString source = reader.Name();
        string kind = reader.Flag() ? "exchange" : "queue";
        ShortString destination = reader.Name();
        ShortString key = reader.Name();
        return $"'{source}' to {kind} '{destination}' with key '{key}'{Arguments(reader.Table().RawBytes.Length)}";
    }

    public static string Policy(ref RecordReader reader)
    {
        Policy policy = PolicyRecords.Read(ref reader);
        return $"{policy.Kind} '{policy.Name}' for {policy.Target} like '{policy.Pattern.Text}', priority {policy.Priority}, {policy.Definition.RawBytes.Length} bytes of settings";
    }

    private static string Arguments(int bytes) => bytes > 0 ? $", {bytes} bytes of arguments" : "";
}
