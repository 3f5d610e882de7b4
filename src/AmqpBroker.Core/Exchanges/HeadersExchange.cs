using System.Runtime.InteropServices;
using AmqpBroker.Protocol;

namespace AmqpBroker.Core.Exchanges;

/// <summary>
/// Matches on the headers of a message: the arguments of a binding say which headers are wanted. A name that any
/// binding wants is one object for all of them, so the headers of a message are looked through once, whatever the
/// number of bindings; after that each binding compares values only.
/// </summary>
internal sealed class HeadersExchange : Exchange
{
    public static readonly ExchangeType ExchangeType = new("headers", properties => new HeadersExchange(properties));

    private readonly BindingList _all = new(BindingRole.Matching);
    private readonly Dictionary<byte[], WantedHeader> _wanted = new(WordComparer.Instance);
    private long _stamp;

    private HeadersExchange(ExchangeProperties properties)
        : base(ExchangeType, properties)
    {
    }

    public override void CheckBinding(ShortString routingKey, FieldTable arguments) => HeadersMatchMode.Parse(arguments);

    public override void Match(in RoutingInput input, MatchSink sink)
    {
        FindWanted(input.Headers);
        foreach (Binding? binding in _all.Places)
        {
            if (binding is not null && ((HeadersPattern)binding.MatchState!).Matches(_stamp, input.Headers))
            {
                sink.Add(binding.Destination);
            }
        }
    }

    internal override void AddMatch(Binding binding)
    {
        HeadersMatchMode mode = HeadersMatchMode.Parse(binding.Arguments);
        var conditions = new List<HeaderCondition>();
        foreach ((ShortString name, FieldValue value) in binding.Arguments)
        {
            if (!mode.Skips(name.Bytes))
            {
                conditions.Add(new HeaderCondition(Want(name), value));
            }
        }

        binding.MatchState = new HeadersPattern(mode.All, [.. conditions]);
        _all.Add(binding);
    }

    internal override void RemoveMatch(Binding binding)
    {
        _all.Remove(binding);
        foreach (HeaderCondition condition in ((HeadersPattern)binding.MatchState!).Conditions)
        {
            if (--condition.Header.Uses == 0)
            {
                _wanted.Remove(condition.Header.Name);
            }
        }

        binding.MatchState = null;
    }

    private WantedHeader Want(ShortString name)
    {
        byte[] bytes = name.Bytes.ToArray();
        ref WantedHeader? header = ref CollectionsMarshal.GetValueRefOrAddDefault(_wanted, bytes, out _);
        header ??= new WantedHeader(bytes);
        header.Uses++;
        return header;
    }

    /// <summary>Notes where each wanted header stands in the message. Of several of one name the first counts.</summary>
    private void FindWanted(ReadOnlySpan<byte> headers)
    {
        _stamp++;
        if (_wanted.Count == 0)
        {
            return;
        }

        Dictionary<byte[], WantedHeader>.AlternateLookup<ReadOnlySpan<byte>> wanted =
            _wanted.GetAlternateLookup<ReadOnlySpan<byte>>();
        var scanner = new FieldTableScanner(headers);
        while (scanner.MoveNext())
        {
            if (wanted.TryGetValue(scanner.Name, out WantedHeader? header) && header.Stamp != _stamp)
            {
                header.Stamp = _stamp;
                header.Type = scanner.Type;
                header.PayloadOffset = scanner.PayloadOffset;
                header.PayloadLength = scanner.Payload.Length;
            }
        }
    }
}
