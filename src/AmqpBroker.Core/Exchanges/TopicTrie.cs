namespace AmqpBroker.Core.Exchanges;

/// <summary>
/// The patterns of a topic exchange as a trie of words. A key is matched by walking all its words once with the set of
/// nodes reached so far; a node is in the set once, however many ways lead to it. So the cost is at most words times
/// nodes reached, and many <c>#</c> do not multiply. Used inside the lane; matching allocates nothing once its two sets
/// have grown.
/// </summary>
internal sealed class TopicTrie
{
    private const byte Separator = (byte)'.';

    private readonly TopicNode _root = new();
    private TopicNode[] _reached = new TopicNode[16];
    private TopicNode[] _reachedNext = new TopicNode[16];
    private int _reachedCount;
    private long _step;

    /// <summary>How many nodes all matches together have reached: the measure of work, for tests.</summary>
    internal long NodesReached { get; private set; }

    /// <summary>Whether there is no pattern.</summary>
    internal bool IsEmpty => _root.IsUnused;

    /// <summary>Adds a binding under its pattern.</summary>
    public void Add(ReadOnlySpan<byte> pattern, Binding binding)
    {
        TopicNode node = _root;
        bool more = !pattern.IsEmpty;
        while (more)
        {
            ReadOnlySpan<byte> word = TakeWord(ref pattern, out more);
            node = word switch
            {
                [(byte)'*'] => node.AnyWord ??= new TopicNode(),
                [(byte)'#'] => node.AnyWords ??= new TopicNode { IsAnyWords = true },
                _ => node.Child(word) ?? node.AddChild(word),
            };
        }

        (node.Bindings ??= new BindingList(BindingRole.Matching)).Add(binding);
    }

    /// <summary>Removes a binding that was added under this pattern, and the nodes that nothing else needs.</summary>
    public void Remove(ReadOnlySpan<byte> pattern, Binding binding) => Remove(_root, pattern, !pattern.IsEmpty, binding);

    /// <summary>Gives the sink the destinations of all patterns that match the key.</summary>
    public void Match(ReadOnlySpan<byte> key, MatchSink sink)
    {
        _reachedCount = 0;
        _step++;
        Reach(_root);
        bool more = !key.IsEmpty;
        while (more && _reachedCount > 0)
        {
            ReadOnlySpan<byte> word = TakeWord(ref key, out more);
            Step(word);
        }

        for (int i = 0; i < _reachedCount; i++)
        {
            if (_reached[i].Bindings is { } bindings)
            {
                sink.Add(bindings);
            }
        }
    }

    /// <summary>Takes the first word; the words of <c>a.</c> are <c>a</c> and the empty one, the empty key has none.</summary>
    private static ReadOnlySpan<byte> TakeWord(ref ReadOnlySpan<byte> rest, out bool more)
    {
        int length = rest.IndexOf(Separator);
        more = length >= 0;
        ReadOnlySpan<byte> word = more ? rest[..length] : rest;
        rest = more ? rest[(length + 1)..] : default;
        return word;
    }

    /// <summary>The depth is at most 256, the words of a key of 255 bytes.</summary>
    private static void Remove(TopicNode node, ReadOnlySpan<byte> pattern, bool more, Binding binding)
    {
        if (!more)
        {
            node.Bindings!.Remove(binding);
            if (node.Bindings.Count == 0)
            {
                node.Bindings = null;
            }

            return;
        }

        ReadOnlySpan<byte> word = TakeWord(ref pattern, out more);
        TopicNode next = word switch
        {
            [(byte)'*'] => node.AnyWord!,
            [(byte)'#'] => node.AnyWords!,
            _ => node.Child(word)!,
        };
        Remove(next, pattern, more, binding);
        if (!next.IsUnused)
        {
            return;
        }

        switch (word)
        {
            case [(byte)'*']:
                node.AnyWord = null;
                break;
            case [(byte)'#']:
                node.AnyWords = null;
                break;
            default:
                node.RemoveChild(word);
                break;
        }
    }

    private void Step(ReadOnlySpan<byte> word)
    {
        TopicNode[] from = _reached;
        int fromCount = _reachedCount;
        (_reached, _reachedNext) = (_reachedNext, _reached);
        _reachedCount = 0;
        _step++;
        for (int i = 0; i < fromCount; i++)
        {
            TopicNode node = from[i];
            if (node.Child(word) is { } child)
            {
                Reach(child);
            }

            if (node.AnyWord is { } anyWord)
            {
                Reach(anyWord);
            }

            if (node.IsAnyWords)
            {
                Reach(node);
            }
        }
    }

    /// <summary>Takes a node into the set, and what <c>#</c> makes of no word after it.</summary>
    private void Reach(TopicNode node)
    {
        for (TopicNode? next = node; next is not null && next.Stamp != _step; next = next.AnyWords)
        {
            next.Stamp = _step;
            NodesReached++;
            if (_reachedCount == _reached.Length)
            {
                Array.Resize(ref _reached, _reached.Length * 2);
            }

            _reached[_reachedCount++] = next;
        }
    }
}
