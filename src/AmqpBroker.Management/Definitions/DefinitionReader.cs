using System.Text;
using AmqpBroker.Core.Definitions;
using AmqpBroker.Core.Policies;
using AmqpBroker.Core.Snapshots;
using AmqpBroker.Core.Users;
using AmqpBroker.Core.VirtualHosts;
using AmqpBroker.Management.Model;
using AmqpBroker.Management.Requests;

namespace AmqpBroker.Management.Definitions;

/// <summary>
/// Reads a definitions file of RabbitMQ's, of whatever version: what is missing is as it was when there was none of it. Of a
/// single virtual host, only what is in it is read.
/// </summary>
/// <param name="members">The file.</param>
/// <param name="virtualHost">The virtual host that it is for; null: it says so itself.</param>
internal sealed class DefinitionReader(IReadOnlyList<KeyValuePair<string, object?>> members, string? virtualHost)
{
    private const string Limits = "vhost-limits";
    private const string OperatorPolicy = "operator_policy";

    /// <summary>What it wants.</summary>
    /// <exception cref="ApiException">400: an entry is none; the text names it.</exception>
    public DefinitionSet Read()
    {
        Entry[] parameters = Entries("parameters");
        var set = new DefinitionSet
        {
            Policies =
            [
                .. Entries("policies").Select(e => (HostOf(e), PolicyOf(PolicyKind.User, e.Text("name"), e))),
                .. parameters.Where(static p => p.Text("component") == OperatorPolicy)
                    .Select(p => (HostOf(p), PolicyOf(PolicyKind.Operator, p.Text("name"), p.Inner("value")))),
            ],
            Exchanges =
            [
                .. Entries("exchanges").Select(e => new ExchangeDefinition(
                    HostOf(e), e.Text("name"), e.Text("type"), e.Flag("durable"), e.Flag("auto_delete"), e.Flag("internal"), e.Table("arguments"))),
            ],
            Queues =
            [
                .. Entries("queues").Select(e => new QueueDefinition(
                    HostOf(e), e.Text("name"), e.Flag("durable"), e.Flag("auto_delete"), ArgumentsOf(e))),
            ],
            Bindings =
            [
                .. Entries("bindings").Select(e => new BindingDefinition(
                    HostOf(e),
                    e.Text("source"),
                    e.Text("destination"),
                    e.Text("destination_type") == "exchange",
                    e.TextOr("routing_key", ""),
                    e.Table("arguments"))),
            ],
            Parameters =
            [
                .. parameters.Where(static p => p.Text("component") is not (OperatorPolicy or Limits))
                    .Select(p => new ParameterInfo(HostOf(p), p.Text("component"), p.Text("name"), Routes.ParameterRoutes.ToJson(p.Value("value")))),
            ],
            VirtualHostLimits =
            [
                .. parameters.Where(static p => p.Text("component") == Limits).Select(p => (HostOf(p), LimitsOf(p.Inner("value")))),
            ],
        };
        return virtualHost is not null
            ? set
            : set with
            {
                Users = [.. Entries("users").Select(UserOf)],
                VirtualHosts = [.. Entries("vhosts").Select(HostDefinitionOf)],
                Permissions =
                [
                    .. Entries("permissions").Select(static e =>
                        new PermissionInfo(e.Text("user"), e.Text("vhost"), e.Text("configure"), e.Text("write"), e.Text("read"))),
                ],
                TopicPermissions =
                [
                    .. Entries("topic_permissions").Select(static e =>
                        new TopicPermissionInfo(e.Text("user"), e.Text("vhost"), e.Text("exchange"), e.Text("write"), e.Text("read"))),
                ],
                GlobalParameters =
                [
                    .. Entries("global_parameters").Select(static e =>
                        new GlobalParameterInfo(e.Text("name"), Routes.ParameterRoutes.ToJson(e.Value("value")))),
                ],
            };
    }

    private string HostOf(Entry entry) => virtualHost ?? entry.Text("vhost");

    private Entry[] Entries(string list)
    {
        if (!RequestBody.TryGet(members, list, out object? value) || value is null)
        {
            return [];
        }

        if (value is not object?[] items)
        {
            throw ApiException.BadRequest($"{list} should be a list");
        }

        return [.. items.Select((item, i) => item is KeyValuePair<string, object?>[] fields
            ? new Entry($"{list}[{i}]", fields)
            : throw ApiException.BadRequest($"{list}[{i}] should be an object"))];
    }

    /// <summary>Newer files say the type of a queue beside its arguments.</summary>
    private static PlainTable ArgumentsOf(Entry queue)
    {
        PlainTable arguments = queue.Table("arguments");
        return queue.TextOr("type", "classic") is var type && type is "classic" or "default" or "undefined"
            || arguments.Entries.Any(static a => a.Key == "x-queue-type")
                ? arguments
                : PlainTable.FromPlain((KeyValuePair<string, object?>[])[.. arguments.Entries, new("x-queue-type", type)]);
    }

    private static PolicyRequest PolicyOf(PolicyKind kind, string name, Entry entry) => new(kind, name, entry.Value("pattern"), entry.Value("definition"))
    {
        ApplyTo = entry.Value("apply-to") ?? "all",
        Priority = entry.Value("priority") ?? 0L,
    };

    private static VirtualHostQuota LimitsOf(Entry entry)
    {
        VirtualHostQuota limits = VirtualHostQuota.None;
        foreach ((string name, object? value) in entry.Fields)
        {
            limits = value is long number && LimitNames.With(limits, name, number) is { } changed
                ? changed
                : throw ApiException.BadRequest($"{entry.Place}: there is no such limit as {name}");
        }

        return limits;
    }

    private static VirtualHostDefinition HostDefinitionOf(Entry entry)
    {
        Entry more = entry.Value("metadata") is KeyValuePair<string, object?>[] metadata ? new Entry(entry.Place, metadata) : entry;
        string type = entry.TextOr("default_queue_type", more.TextOr("default_queue_type", "undefined"));
        return new VirtualHostDefinition(
            entry.Text("name"),
            entry.TextOr("description", more.TextOr("description", "")),
            entry.Value("tags") is null ? more.Texts("tags") : entry.Texts("tags"),
            type is "undefined" or "" ? null : type);
    }

    private static UserInfo UserOf(Entry entry)
    {
        UserLimits limits = UserLimits.None;
        if (entry.Value("limits") is KeyValuePair<string, object?>[] given)
        {
            foreach ((string name, object? value) in given)
            {
                limits = value is long number && LimitNames.With(limits, name, number) is { } changed
                    ? changed
                    : throw ApiException.BadRequest($"{entry.Place}: there is no such limit as {name}");
            }
        }

        string algorithm = entry.TextOr("hashing_algorithm", "rabbit_password_hashing_sha256");
        PasswordHashing hashing = PasswordHash.Parse(algorithm)
            ?? throw ApiException.BadRequest($"{entry.Place}: unknown hashing algorithm: {algorithm}");
        ReadOnlyMemory<byte> hash = ReadOnlyMemory<byte>.Empty;
        if (entry.TextOr("password_hash", "") is { Length: > 0 } base64)
        {
            byte[] bytes = new byte[base64.Length];
            hash = Convert.TryFromBase64String(base64, bytes, out int written)
                ? bytes.AsMemory(0, written)
                : throw ApiException.BadRequest($"{entry.Place}: password_hash is not base64");
        }
        else if (entry.TextOr("password", "") is { Length: > 0 } password)
        {
            hash = PasswordHash.Create(Encoding.UTF8.GetBytes(password));
            hashing = PasswordHashing.Sha256;
        }

        return new UserInfo(entry.Text("name"), hash, hashing, entry.Texts("tags"), limits);
    }

    /// <summary>An entry of a list.</summary>
    /// <param name="Place">Where it is, for texts.</param>
    /// <param name="Fields">Its fields.</param>
    private sealed record Entry(string Place, KeyValuePair<string, object?>[] Fields)
    {
        public object? Value(string field) => RequestBody.TryGet(Fields, field, out object? value) ? value : null;

        public string Text(string field) => Value(field) as string ?? throw Bad(field, "a string");

        public string TextOr(string field, string otherwise) => Value(field) is null ? otherwise : Text(field);

        public bool Flag(string field) => Value(field) switch
        {
            null => false,
            bool flag => flag,
            _ => throw Bad(field, "true or false"),
        };

        public string[] Texts(string field) => Value(field) switch
        {
            null => [],
            string text => text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries),
            object?[] list when Array.TrueForAll(list, static e => e is string) => [.. list.Cast<string>()],
            _ => throw Bad(field, "a list of strings"),
        };

        public Entry Inner(string field) => Value(field) is KeyValuePair<string, object?>[] inner
            ? new Entry($"{Place}.{field}", inner)
            : throw Bad(field, "an object");

        public PlainTable Table(string field)
        {
            try
            {
                return Value(field) is { } value ? PlainTable.FromPlain(value) : PlainTable.Empty;
            }
            catch (FormatException e)
            {
                throw ApiException.BadRequest($"{Place}.{field}: {e.Message}");
            }
        }

        private ApiException Bad(string field, string wanted) => ApiException.BadRequest($"{Place}.{field} should be {wanted}");
    }
}
