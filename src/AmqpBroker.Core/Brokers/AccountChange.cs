using System.Text;
using AmqpBroker.Core.Users;
using AmqpBroker.Core.VirtualHosts;
using AmqpBroker.Protocol;

namespace AmqpBroker.Core.Brokers;

/// <summary>
/// One change of the accounts: decided once, written to the journal, and applied by live running and by recovery alike. The
/// numbers of the kinds and the order of the fields are the format; newer fields come last, and may be missing.
/// </summary>
internal abstract record AccountChange
{
    private enum Kind : byte
    {
        User = 1,
        VirtualHost = 2,
        Permissions = 3,
        UserDeleted = 4,
        VirtualHostDeleted = 5,
        PermissionsCleared = 6,
        TopicPermissions = 7,
        TopicPermissionsCleared = 8,
        VirtualHostRemoved = 9,
        Numbers = 10,
        Parameter = 11,
        ParameterDeleted = 12,
        GlobalParameter = 13,
        GlobalParameterDeleted = 14,
    }

    /// <exception cref="InvalidDataException">It is none that this version knows.</exception>
    public static AccountChange Read(ReadOnlySpan<byte> record)
    {
        var reader = new RecordReader(record);
        return (Kind)reader.Byte() switch
        {
            Kind.User => UserPut.Read(ref reader),
            Kind.VirtualHost => VirtualHostPut.Read(ref reader),
            Kind.Permissions => PermissionsPut.Read(ref reader),
            Kind.UserDeleted => new UserDeleted(reader.Name()),
            Kind.VirtualHostDeleted => new VirtualHostDeleted(reader.Name()),
            Kind.PermissionsCleared => new PermissionsCleared(reader.Name(), reader.Name()),
            Kind.TopicPermissions => new TopicPermissionsPut(
                reader.Name(), reader.Name(), reader.Name(), new TopicPermissions(Text(ref reader), Text(ref reader))),
            Kind.TopicPermissionsCleared => new TopicPermissionsCleared(
                reader.Name(), reader.Name(), reader.Flag() ? reader.Name() : null),
            Kind.VirtualHostRemoved => new VirtualHostRemoved(reader.Count()),
            Kind.Numbers => NumbersSet.Read(ref reader),
            Kind.Parameter => new ParameterPut(ParameterKey.Read(ref reader), Text(ref reader)),
            Kind.ParameterDeleted => new ParameterDeleted(ParameterKey.Read(ref reader)),
            Kind.GlobalParameter => new GlobalParameterPut(reader.Name(), Text(ref reader)),
            Kind.GlobalParameterDeleted => new GlobalParameterDeleted(reader.Name()),
            _ => throw new InvalidDataException("A record of unknown kind in the server's journal."),
        };
    }

    public abstract AccountsState Apply(AccountsState state);

    public void Write(RecordWriter writer)
    {
        writer.Byte((byte)(this switch
        {
            UserPut => Kind.User,
            VirtualHostPut => Kind.VirtualHost,
            PermissionsPut => Kind.Permissions,
            UserDeleted => Kind.UserDeleted,
            VirtualHostDeleted => Kind.VirtualHostDeleted,
            PermissionsCleared => Kind.PermissionsCleared,
            TopicPermissionsPut => Kind.TopicPermissions,
            TopicPermissionsCleared => Kind.TopicPermissionsCleared,
            VirtualHostRemoved => Kind.VirtualHostRemoved,
            NumbersSet => Kind.Numbers,
            ParameterPut => Kind.Parameter,
            Brokers.ParameterDeleted => Kind.ParameterDeleted,
            GlobalParameterPut => Kind.GlobalParameter,
            Brokers.GlobalParameterDeleted => Kind.GlobalParameterDeleted,
            _ => throw new InvalidOperationException($"{GetType().Name} has no number."),
        }));
        WriteFields(writer);
    }

    protected abstract void WriteFields(RecordWriter writer);

    protected static string Text(ref RecordReader reader) => Encoding.UTF8.GetString(reader.Bytes());

    protected static void WriteText(RecordWriter writer, string text) => writer.Bytes(Encoding.UTF8.GetBytes(text));

    protected static string[] Texts(ref RecordReader reader)
    {
        int count = reader.Count();
        var texts = new List<string>();
        for (int i = 0; i < count; i++)
        {
            texts.Add(Encoding.UTF8.GetString(reader.Take(reader.Byte())));
        }

        return [.. texts];
    }

    protected static void WriteTexts(RecordWriter writer, IReadOnlyList<string> texts)
    {
        writer.Number(texts.Count);
        foreach (string text in texts)
        {
            writer.Name(ShortString.FromString(text));
        }
    }

    protected static long? Limit(ref RecordReader reader) => reader.Flag() ? reader.Int64() : null;

    protected static void WriteLimit(RecordWriter writer, long? limit)
    {
        writer.Flag(limit is not null);
        if (limit is { } value)
        {
            writer.Int64(value);
        }
    }
}

/// <summary>The account is this from now on.</summary>
internal sealed record UserPut(User User) : AccountChange
{
    public static UserPut Read(ref RecordReader reader)
    {
        var user = new User { Name = reader.Name(), PasswordHash = reader.Bytes().ToArray(), Tags = Texts(ref reader) };
        return new UserPut(reader.AtEnd
            ? user
            : user with { Hashing = (PasswordHashing)reader.Byte(), Limits = new UserLimits(Limit(ref reader), Limit(ref reader)) });
    }

    public override AccountsState Apply(AccountsState state) => state with { Users = state.Users.SetItem(User.Name, User) };

    protected override void WriteFields(RecordWriter writer)
    {
        writer.Name(User.Name);
        writer.Bytes(User.PasswordHash.Span);
        WriteTexts(writer, User.Tags);
        writer.Byte((byte)User.Hashing);
        WriteLimit(writer, User.Limits.MaxConnections);
        WriteLimit(writer, User.Limits.MaxChannels);
    }
}

/// <summary>The account is gone, with its permissions.</summary>
internal sealed record UserDeleted(ShortString Name) : AccountChange
{
    public override AccountsState Apply(AccountsState state) =>
        state.WithoutPermissions(key => key.User == Name) with { Users = state.Users.Remove(Name) };

    protected override void WriteFields(RecordWriter writer) => writer.Name(Name);
}

/// <summary>The virtual host is there, and set up like this.</summary>
internal sealed record VirtualHostPut(ShortString Name, int Number, VirtualHostSettings Settings) : AccountChange
{
    public static VirtualHostPut Read(ref RecordReader reader)
    {
        ShortString name = reader.Name();
        int number = reader.Count();
        return new VirtualHostPut(name, number, reader.AtEnd ? VirtualHostSettings.Default : new VirtualHostSettings
        {
            Description = Text(ref reader),
            Tags = Texts(ref reader),
            DefaultQueueType = reader.Flag() ? Text(ref reader) : null,
            ProtectedFromDeletion = reader.Flag(),
            Tracing = reader.Flag(),
            Limits = new VirtualHostQuota(Limit(ref reader), Limit(ref reader), Limit(ref reader)),
        });
    }

    public override AccountsState Apply(AccountsState state) => state with
    {
        VirtualHosts = state.VirtualHosts.SetItem(Name, (Number, Settings)),
        LastVirtualHost = Math.Max(state.LastVirtualHost, Number),
    };

    protected override void WriteFields(RecordWriter writer)
    {
        writer.Name(Name);
        writer.Number(Number);
        WriteText(writer, Settings.Description);
        WriteTexts(writer, Settings.Tags);
        writer.Flag(Settings.DefaultQueueType is not null);
        if (Settings.DefaultQueueType is { } type)
        {
            WriteText(writer, type);
        }

        writer.Flag(Settings.ProtectedFromDeletion);
        writer.Flag(Settings.Tracing);
        WriteLimit(writer, Settings.Limits.MaxConnections);
        WriteLimit(writer, Settings.Limits.MaxQueues);
        WriteLimit(writer, Settings.Limits.MaxExchanges);
    }
}

/// <summary>The virtual host is gone, with the permissions in it. Its journal is still on the disk.</summary>
internal sealed record VirtualHostDeleted(ShortString Name) : AccountChange
{
    public override AccountsState Apply(AccountsState state) => !state.VirtualHosts.TryGetValue(Name, out var host)
        ? state
        : state.WithoutPermissions(key => key.VirtualHost == Name) with
        {
            VirtualHosts = state.VirtualHosts.Remove(Name),
            Removals = state.Removals.Add(host.Number),
            Parameters = state.Parameters.RemoveRange(state.Parameters.Keys.Where(key => key.VirtualHost == Name)),
        };

    protected override void WriteFields(RecordWriter writer) => writer.Name(Name);
}

/// <summary>Nothing is left of a deleted virtual host.</summary>
internal sealed record VirtualHostRemoved(int Number) : AccountChange
{
    public override AccountsState Apply(AccountsState state) => state with { Removals = state.Removals.Remove(Number) };

    protected override void WriteFields(RecordWriter writer) => writer.Number(Number);
}

/// <summary>In checkpoints: the highest number given so far, and what is still to be removed.</summary>
internal sealed record NumbersSet(int LastVirtualHost, IReadOnlyList<int> Removals) : AccountChange
{
    public static NumbersSet Read(ref RecordReader reader)
    {
        int last = reader.Count();
        int count = reader.Count();
        var removals = new List<int>();
        for (int i = 0; i < count; i++)
        {
            removals.Add(reader.Count());
        }

        return new NumbersSet(last, removals);
    }

    public override AccountsState Apply(AccountsState state) => state with
    {
        LastVirtualHost = Math.Max(state.LastVirtualHost, LastVirtualHost),
        Removals = state.Removals.Union(Removals),
    };

    protected override void WriteFields(RecordWriter writer)
    {
        writer.Number(LastVirtualHost);
        writer.Number(Removals.Count);
        foreach (int removal in Removals)
        {
            writer.Number(removal);
        }
    }
}
