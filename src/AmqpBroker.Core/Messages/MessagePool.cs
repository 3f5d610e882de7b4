namespace AmqpBroker.Core.Messages;

/// <summary>
/// Message objects to use again. A message is often freed by another thread than the one that parses the next, so each
/// thread keeps a small stack and exchanges half of it with a shared one when it runs dry or over.
/// </summary>
internal static class MessagePool
{
    /// <summary>A thread's stack: two exchanges of the shared stack's unit.</summary>
    private const int LocalCapacity = 2 * Unit;

    /// <summary>What is exchanged at once, so that the shared lock is taken once in 256 messages.</summary>
    private const int Unit = 256;

    /// <summary>Shared units kept: 64 × 256 message objects, some 2 MB; more go to the garbage collector.</summary>
    private const int SharedUnits = 64;

    private static readonly Stack<Message[]> Shared = new();
    private static readonly Stack<Message[]> Empty = new();

    [ThreadStatic]
    private static Message[]? _local;

    [ThreadStatic]
    private static int _count;

    internal static Message? TryTake()
    {
        Message[] stack = _local ??= new Message[LocalCapacity];
        if (_count == 0)
        {
            lock (Shared)
            {
                if (!Shared.TryPop(out Message[]? unit))
                {
                    return null;
                }

                unit.CopyTo(stack, 0);
                Empty.Push(unit);
                _count = Unit;
            }
        }

        return stack[--_count];
    }

    internal static void Return(Message message)
    {
        Message[] stack = _local ??= new Message[LocalCapacity];
        if (_count == LocalCapacity)
        {
            _count = Unit;
            lock (Shared)
            {
                if (Shared.Count < SharedUnits)
                {
                    Message[] unit = Empty.TryPop(out Message[]? empty) ? empty : new Message[Unit];
                    stack.AsSpan(Unit, Unit).CopyTo(unit);
                    Shared.Push(unit);
                }
            }
        }

        stack[_count++] = message;
    }
}
