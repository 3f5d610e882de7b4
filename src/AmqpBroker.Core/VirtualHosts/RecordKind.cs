namespace AmqpBroker.Core.VirtualHosts;

/// <summary>The first byte of every journal record: which outcome it holds. The numbers are part of the format.</summary>
internal enum RecordKind : byte
{
    ExchangeDeclared = 1,
    ExchangeDeleted = 2,
    QueueDeclared = 3,
    QueueDeleted = 4,
    Bound = 5,
    Unbound = 6,
    Published = 7,
    Settled = 8,
    Purged = 9,
    Returned = 10,
    Delivered = 11,
    PolicyPut = 12,
    PolicyDeleted = 13,
    KeySeen = 16,
    MarkedRedelivered = 24,
    Delayed = 25,
    Paged = 32,
    Moved = 33,
}

/// <summary>The first byte of every checkpoint image. The numbers are part of the format.</summary>
internal enum ImageKind : byte
{
    Definitions = 1,
    Queue = 2,
    Policies = 3,
    Window = 16,
    Delays = 24,
    QueueWithPages = 8,
    QueuePart = 9,
}
