namespace AmqpBroker.Core.Exchanges;

/// <summary>
/// A place in the trie of topic patterns: reached by the words of a pattern up to here. Most nodes have one child, so
/// the first child has a field of its own, and a dictionary is made with the second.
/// </summary>
internal sealed class TopicNode
{
    private byte[]? _onlyWord;
    private TopicNode? _onlyChild;
    private Dictionary<byte[], TopicNode>? _children;

    /// <summary>The child for <c>*</c>.</summary>
    public TopicNode? AnyWord { get; set; }

    /// <summary>The child for <c>#</c>.</summary>
    public TopicNode? AnyWords { get; set; }

    /// <summary>Whether this node was reached by <c>#</c>: it stays reached whatever words follow.</summary>
    public bool IsAnyWords { get; init; }

    /// <summary>The bindings whose pattern ends here.</summary>
    public BindingList? Bindings { get; set; }

    /// <summary>The stamp of the step that reached this node last; see <see cref="TopicTrie"/>.</summary>
    public long Stamp { get; set; }

    /// <summary>Whether nothing hangs on this node any more.</summary>
    public bool IsUnused =>
        Bindings is null && AnyWord is null && AnyWords is null && _onlyChild is null && _children is null;

    /// <summary>The child for a word; null if there is none.</summary>
    public TopicNode? Child(ReadOnlySpan<byte> word)
    {
        if (_children is not null)
        {
            _children.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(word, out TopicNode? child);
            return child;
        }

        return _onlyWord is not null && word.SequenceEqual(_onlyWord) ? _onlyChild : null;
    }

    /// <summary>Adds a child for a word that has none.</summary>
    public TopicNode AddChild(ReadOnlySpan<byte> word)
    {
        var child = new TopicNode();
        if (_onlyChild is null && _children is null)
        {
            _onlyWord = word.ToArray();
            _onlyChild = child;
            return child;
        }

        if (_children is null)
        {
            _children = new Dictionary<byte[], TopicNode>(WordComparer.Instance) { [_onlyWord!] = _onlyChild! };
            _onlyWord = null;
            _onlyChild = null;
        }

        _children.Add(word.ToArray(), child);
        return child;
    }

    /// <summary>Removes the child for a word.</summary>
    public void RemoveChild(ReadOnlySpan<byte> word)
    {
        if (_children is null)
        {
            _onlyWord = null;
            _onlyChild = null;
            return;
        }

        _children.GetAlternateLookup<ReadOnlySpan<byte>>().Remove(word);
        if (_children.Count == 0)
        {
            _children = null;
        }
    }
}
