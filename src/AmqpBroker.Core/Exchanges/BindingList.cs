using System.Collections;

namespace AmqpBroker.Core.Exchanges;

/// <summary>
/// Bindings in the order in which they were added. Adding and removing one take constant time on average, since a
/// binding knows its place: removing leaves a hole, and the holes go when they are more than half. A binding is in at
/// most one list of each <see cref="BindingRole"/>.
/// </summary>
internal sealed class BindingList(BindingRole role) : IReadOnlyCollection<Binding>
{
    private const int SmallestCapacity = 4;

    private Binding?[] _items = [];
    private int _end;

    /// <summary>How many bindings there are.</summary>
    public int Count { get; private set; }

    /// <summary>The places of the list, holes (null) among them. Valid until the list is changed.</summary>
    public ReadOnlySpan<Binding?> Places => new(_items, 0, _end);

    public void Add(Binding binding)
    {
        if (_end == _items.Length)
        {
            Resize(Math.Max(SmallestCapacity, Count * 2));
        }

        binding.Place(role) = _end;
        _items[_end++] = binding;
        Count++;
    }

    public void Remove(Binding binding)
    {
        ref int place = ref binding.Place(role);
        _items[place] = null;
        place = -1;
        Count--;
        if (Count == 0)
        {
            _items = [];
            _end = 0;
        }
        else if (_items.Length > SmallestCapacity && Count < _end / 2)
        {
            Resize(Math.Max(SmallestCapacity, Count * 2));
        }
    }

    public Binding[] ToArray()
    {
        var copy = new Binding[Count];
        int next = 0;
        foreach (Binding? binding in Places)
        {
            if (binding is not null)
            {
                copy[next++] = binding;
            }
        }

        return copy;
    }

    public IEnumerator<Binding> GetEnumerator() => ((IEnumerable<Binding>)ToArray()).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private void Resize(int capacity)
    {
        var items = new Binding?[capacity];
        int next = 0;
        foreach (Binding? binding in Places)
        {
            if (binding is not null)
            {
                binding.Place(role) = next;
                items[next++] = binding;
            }
        }

        _items = items;
        _end = next;
    }
}
