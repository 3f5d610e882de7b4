using AmqpBroker.Core.Exchanges;
using AmqpBroker.Protocol;

namespace AmqpBroker.Core.VirtualHosts;

/// <summary>
/// The queues, or the exchanges, of a virtual host: found by name, and in places without gaps, so that all of them can be
/// gone through over many turns of the lane. Lane only.
/// <para>
/// Always holds: who goes from the last place down to the first, at each turn from the lower of the place reached and
/// <see cref="Count"/>, meets everything that was there from the beginning to the end. A removal moves the last one into the
/// gap, so one may be met twice; what comes meanwhile is met or not.
/// </para>
/// </summary>
internal sealed class Registry<T>
    where T : Destination
{
    private readonly Dictionary<ShortString, T> _byName = [];
    private readonly List<T> _places = [];

    internal IReadOnlyDictionary<ShortString, T> ByName => _byName;

    internal int Count => _places.Count;

    /// <summary>Another one after each that comes or goes.</summary>
    internal int Version { get; private set; }

    internal T this[int place] => _places[place];

    internal T? Find(ShortString name) => _byName.GetValueOrDefault(name);

    internal void Add(T item)
    {
        _byName.Add(item.Name, item);
        Version++;
        item.RegistryPlace = _places.Count;
        _places.Add(item);
    }

    /// <summary>Gives false if there is none of this name.</summary>
    internal bool Remove(ShortString name)
    {
        if (!_byName.Remove(name, out T? item))
        {
            return false;
        }

        Version++;
        T last = _places[^1];
        _places[item.RegistryPlace] = last;
        last.RegistryPlace = item.RegistryPlace;
        _places.RemoveAt(_places.Count - 1);
        return true;
    }
}
