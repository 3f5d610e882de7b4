using AmqpBroker.Core.VirtualHosts;
using AmqpBroker.Protocol;

namespace AmqpBroker.Core.Brokers;

/// <summary>A parameter of a component in a virtual host is this from now on; its value is JSON that nobody looks into here.</summary>
internal sealed record ParameterPut(ParameterKey Key, string Json) : AccountChange
{
    public override AccountsState Apply(AccountsState state) => state with { Parameters = state.Parameters.SetItem(Key, Json) };

    protected override void WriteFields(RecordWriter writer)
    {
        Key.Write(writer);
        WriteText(writer, Json);
    }
}

/// <summary>A parameter is gone.</summary>
internal sealed record ParameterDeleted(ParameterKey Key) : AccountChange
{
    public override AccountsState Apply(AccountsState state) => state with { Parameters = state.Parameters.Remove(Key) };

    protected override void WriteFields(RecordWriter writer) => Key.Write(writer);
}

/// <summary>A parameter of the whole server is this from now on.</summary>
internal sealed record GlobalParameterPut(ShortString Name, string Json) : AccountChange
{
    public override AccountsState Apply(AccountsState state) => state with { GlobalParameters = state.GlobalParameters.SetItem(Name, Json) };

    protected override void WriteFields(RecordWriter writer)
    {
        writer.Name(Name);
        WriteText(writer, Json);
    }
}

/// <summary>A parameter of the whole server is gone.</summary>
internal sealed record GlobalParameterDeleted(ShortString Name) : AccountChange
{
    public override AccountsState Apply(AccountsState state) => state with { GlobalParameters = state.GlobalParameters.Remove(Name) };

    protected override void WriteFields(RecordWriter writer) => writer.Name(Name);
}

/// <summary>Names a parameter.</summary>
internal readonly record struct ParameterKey(ShortString VirtualHost, ShortString Component, ShortString Name)
{
    public static ParameterKey Read(ref RecordReader reader) => new(reader.Name(), reader.Name(), reader.Name());

    public void Write(RecordWriter writer)
    {
        writer.Name(VirtualHost);
        writer.Name(Component);
        writer.Name(Name);
    }
}
