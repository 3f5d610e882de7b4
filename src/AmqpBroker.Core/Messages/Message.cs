using System.Runtime.InteropServices;
using AmqpBroker.Core.Arguments;
using AmqpBroker.Protocol;

namespace AmqpBroker.Core.Messages;

/// <summary>
/// A published message: where it was sent, its content properties as raw bytes, and its body. One instance is shared by
/// all queues it was routed to and by deliveries under way; the last holder to let go returns it to the pool.
/// Filled by the thread that parses it, then read-only but for <see cref="StoredAt"/>, which belongs to the lane.
/// </summary>
public sealed class Message
{
    /// <summary>No position: the body is not in the journal.</summary>
    public const long NotStored = -1;

    private static readonly ShortString DeliveryCountHeader = ShortString.FromString("x-delivery-count");

    private static readonly ShortString AcquiredCountHeader = ShortString.FromString("x-acquired-count");

    private int _references;
    private ContentSlice _properties;
    private ContentSlice[] _body = new ContentSlice[1];
    private int _bodyParts;
    private readonly List<ShortString> _carbonKeys = [];
    private int _visibleKeys;
    private Range _headers;

    private Message()
    {
    }

    /// <summary>The exchange the message was published to.</summary>
    public ShortString Exchange { get; private set; } = ShortString.Empty;

    /// <summary>The routing key it was published with.</summary>
    public ShortString RoutingKey { get; private set; } = ShortString.Empty;

    /// <summary>Content properties as they came: property flags and property list (specification 4.2.6.1).</summary>
    public ReadOnlySpan<byte> Properties => _properties.Span;

    /// <summary>Length of the body in bytes.</summary>
    public long BodyLength { get; private set; }

    /// <summary>The body's pieces in order; small bodies have one.</summary>
    public ReadOnlySpan<ContentSlice> Body => _body.AsSpan(0, _bodyParts);

    /// <summary>delivery-mode 2: the message is stored when it reaches a durable queue.</summary>
    public bool Persistent { get; private set; }

    /// <summary>It has properties that publishing must look at: headers (CC, BCC), expiration, reply-to, user-id, or a strange delivery mode.</summary>
    public bool HasSpecialProperties { get; private set; }

    /// <summary>The entries of the headers table as sent, without its length; empty when there is none.</summary>
    public ReadOnlySpan<byte> HeaderTable => Properties[_headers];

    /// <summary>The headers.</summary>
    public FieldTable Headers => HeaderTable.IsEmpty ? FieldTable.Empty : FieldTable.FromRaw(HeaderTable.ToArray());

    /// <summary>Further routing keys, from the headers CC and BCC.</summary>
    public ReadOnlySpan<ShortString> CarbonKeys => CollectionsMarshal.AsSpan(_carbonKeys);

    /// <summary>Those from BCC: no header tells of them any more.</summary>
    internal ReadOnlySpan<ShortString> HiddenKeys => CarbonKeys[_visibleKeys..];

    /// <summary>The priority property; null when absent, or when the message is not loaded.</summary>
    public byte? Priority { get; private set; }

    /// <summary>The expiration property in milliseconds, once publishing has checked it; -1 when absent.</summary>
    public long ExpirationMs { get; set; } = -1;

    /// <summary>The expiration property as sent; null when absent.</summary>
    public ShortString? ExpirationText
    {
        get
        {
            BasicPropertiesView view = BasicProperties.Scan(Properties);
            return view.Has(BasicProperty.Expiration) ? ShortString.FromBytes(view.Expiration) : null;
        }
    }

    /// <summary>What the message weighs in memory: properties and body in bytes.</summary>
    public long Bytes => _properties.Length + BodyLength;

    /// <summary>Journal position of the message's record, or <see cref="NotStored"/>. Lane only.</summary>
    internal long StoredAt { get; set; } = NotStored;

    /// <summary>Length of the message's record in bytes. Lane only.</summary>
    internal int StoredLength { get; set; }

    /// <summary>Journal position of the body's bytes, in this message's record or another's, or <see cref="NotStored"/>. Lane only.</summary>
    internal long BodyAt { get; set; } = NotStored;

    /// <summary>The body's bytes are in this message's own record. Lane only.</summary>
    internal bool OwnsBody { get; set; }

    /// <summary>Its bytes are in memory. Lane only.</summary>
    internal bool IsLoaded { get; private set; } = true;

    /// <summary>The cascade of dead letters that made it (see DeadLetters); 0 for none. Lane only.</summary>
    internal long Cascade { get; set; }

    /// <summary>How many durable queue entries refer to the record. Lane only.</summary>
    internal int StoredReferences { get; set; }

    /// <summary>A fresh message with one reference, owned by the caller.</summary>
    public static Message Rent(ShortString exchange, ShortString routingKey)
    {
        Message message = MessagePool.TryTake() ?? new Message();
        message._references = 1;
        message.Exchange = exchange;
        message.RoutingKey = routingKey;
        return message;
    }

    /// <summary>A message that is in the journal and not in memory yet; <see cref="Load"/> brings it in.</summary>
    internal static Message RentStored(long storedAt, int storedLength, long bodyLength, byte? priority)
    {
        Message message = Rent(ShortString.Empty, ShortString.Empty);
        message.StoredAt = storedAt;
        message.StoredLength = storedLength;
        message.BodyLength = bodyLength;
        message.Priority = priority;
        message.Persistent = true;
        message.IsLoaded = false;
        return message;
    }

    /// <summary>Fills a message that came from <see cref="RentStored"/>.</summary>
    internal void Load(ShortString exchange, ShortString routingKey, ReadOnlySpan<byte> flagsAndList, ReadOnlySpan<byte> bodyBytes)
    {
        Exchange = exchange;
        RoutingKey = routingKey;
        SetProperties(flagsAndList);
        BodyLength = 0;
        AppendBody(bodyBytes);
        ReadCarbonKeys();
        IsLoaded = true;
    }

    /// <summary>Copies the content header's property bytes in and reads what routing and queues need of them.</summary>
    public void SetProperties(ReadOnlySpan<byte> flagsAndList)
    {
        BasicPropertiesView view = BasicProperties.Scan(flagsAndList);
        Persistent = view.IsPersistent;
        Priority = PriorityOf(view);
        _headers = view.Has(BasicProperty.Headers) ? view.RangeOf(BasicProperty.Headers) : default;
        HasSpecialProperties = view.Has(BasicProperty.Headers) || view.Has(BasicProperty.Expiration)
            || view.Has(BasicProperty.ReplyTo) || view.Has(BasicProperty.UserId)
            || (view.Has(BasicProperty.DeliveryMode) && view.DeliveryMode is not (1 or 2));
        _properties = ContentArena.Allocate(flagsAndList.Length);
        flagsAndList.CopyTo(_properties.Span);
    }

    /// <summary>Appends body bytes; a body comes in as many pieces as it has frames.</summary>
    public void AppendBody(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
        {
            return;
        }

        ContentSlice piece = ContentArena.Allocate(bytes.Length);
        bytes.CopyTo(piece.Span);
        AddPiece(piece);
    }

    /// <summary>
    /// A message with the same body and other properties, exchange and key: what dead-lettering makes. The body's bytes are
    /// shared, not copied.
    /// </summary>
    internal Message WithChanges(ShortString exchange, ShortString routingKey, ReadOnlySpan<byte> newProperties)
    {
        Message copy = Rent(exchange, routingKey);
        copy.SetProperties(newProperties);
        foreach (ContentSlice piece in Body)
        {
            piece.Slab!.Retain();
            copy.AddPiece(piece);
        }

        copy.BodyAt = BodyAt;
        copy.ReadCarbonKeys();
        return copy;
    }

    /// <summary>The same message once more, for one of those that share it. It knows where the body is stored, and has no record of its own yet.</summary>
    internal Message Clone()
    {
        Message copy = WithChanges(Exchange, RoutingKey, Properties);
        copy.AddHiddenKeys(HiddenKeys);
        copy.ExpirationMs = ExpirationMs;
        copy.OwnsBody = OwnsBody;
        return copy;
    }

    /// <summary>
    /// A message that tells how often it came back; everything else is this one's. The two headers are one number here, since
    /// whatever way it comes back counts: newer releases of RabbitMQ count some ways in <c>x-acquired-count</c> only.
    /// </summary>
    internal Message WithDeliveryCount(int count)
    {
        FieldTableBuilder headers = new FieldTableBuilder(Headers).Set(DeliveryCountHeader, FieldValue.FromInt64(count));
        if (count > 0)
        {
            headers.Set(AcquiredCountHeader, FieldValue.FromInt64(count));
        }

        return WithChanges(
            Exchange, RoutingKey, new BasicPropertiesEditor(Properties.ToArray()).SetHeaders(headers.SortByName().Build()).Build()); // sorted as RabbitMQ does
    }

    /// <summary>Replaces the properties before the message is shared with anybody.</summary>
    internal void ReplaceProperties(ReadOnlySpan<byte> flagsAndList)
    {
        ContentSlab? before = _properties.Slab;
        SetProperties(flagsAndList);
        before?.Release();
    }

    /// <summary>Reads the headers CC and BCC into <see cref="CarbonKeys"/>, and takes BCC away: receivers do not see it.</summary>
    /// <exception cref="ChannelException">406: one of them is not a list of strings.</exception>
    internal void ReadCarbonKeys()
    {
        bool hasHidden = CarbonCopy.Read(HeaderTable, _carbonKeys);
        _visibleKeys = _carbonKeys.Count;
        if (hasHidden)
        {
            _visibleKeys = CarbonCopy.CountVisible(HeaderTable);
            var headers = new FieldTableBuilder(Headers);
            headers.Remove("BCC");
            ReplaceProperties(new BasicPropertiesEditor(Properties.ToArray()).SetHeaders(headers.Build()).Build());
        }
    }

    /// <summary>Adds keys that came from BCC where the message came from.</summary>
    internal void AddHiddenKeys(ReadOnlySpan<ShortString> keys) => _carbonKeys.AddRange(keys);

    /// <summary>No entry refers to the record any more: it and the body in it may be gone from the journal.</summary>
    internal void ForgetStored()
    {
        StoredAt = NotStored;
        StoredLength = 0;
        BodyAt = NotStored;
        OwnsBody = false;
    }

    /// <summary>One more holder.</summary>
    public void Retain() => Interlocked.Increment(ref _references);

    /// <summary>One holder less; the last one returns the message and its bytes to their pools.</summary>
    public void Release()
    {
        int left = Interlocked.Decrement(ref _references);
        if (left == 0)
        {
            Free();
        }
        else if (left < 0)
        {
            throw new InvalidOperationException("A message was released more often than it was retained.");
        }
    }

    /// <summary>The priority that properties name, if they do.</summary>
    internal static byte? PriorityOf(BasicPropertiesView view) => view.Has(BasicProperty.Priority) ? view.Priority : null;

    private void AddPiece(ContentSlice piece)
    {
        if (_bodyParts == _body.Length)
        {
            Array.Resize(ref _body, _bodyParts * 4);
        }

        _body[_bodyParts++] = piece;
        BodyLength += piece.Length;
    }

    private void Free()
    {
        _properties.Slab?.Release();
        _properties = default;
        for (int i = 0; i < _bodyParts; i++)
        {
            _body[i].Slab!.Release();
            _body[i] = default;
        }

        if (_body.Length > 1)
        {
            _body = new ContentSlice[1];
        }

        _bodyParts = 0;
        BodyLength = 0;
        Exchange = ShortString.Empty;
        RoutingKey = ShortString.Empty;
        _carbonKeys.Clear();
        _visibleKeys = 0;
        HasSpecialProperties = false;
        _headers = default;
        Persistent = false;
        Priority = null;
        ExpirationMs = -1;
        StoredAt = NotStored;
        StoredLength = 0;
        BodyAt = NotStored;
        OwnsBody = false;
        IsLoaded = true;
        StoredReferences = 0;
        Cascade = 0;
        MessagePool.Return(this);
    }
}
