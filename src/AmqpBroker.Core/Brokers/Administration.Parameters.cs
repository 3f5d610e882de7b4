using AmqpBroker.Protocol;

namespace AmqpBroker.Core.Brokers;

/// <content>Parameters: what tools keep in the broker, of a component in a virtual host or of the whole server. Values are JSON.</content>
public sealed partial class Administration
{
    /// <summary>Parameters of either kind: all of them are in memory.</summary>
    private const int MaxParameters = 10_000;

    /// <summary>A value's length in characters: a shovel's takes a few hundred.</summary>
    private const int MaxParameterLength = 64 * 1024;

    /// <summary>Sets a parameter. Gives true when it is new.</summary>
    public async Task<bool> PutParameterAsync(string virtualHost, string component, string name, string json)
    {
        ParameterKey key = Key(virtualHost, component, name);
        CheckValue(name, json);
        bool created = false;
        await _disk.WaitAsync(turn => _accounts.ChangeAsync(
            state =>
            {
                if (!state.VirtualHosts.ContainsKey(key.VirtualHost))
                {
                    throw new AdministrationException(Refusal.Invalid, "vhost_not_found");
                }

                created = !state.Parameters.ContainsKey(key);
                CheckCount(state.Parameters.Count, created);
                return [new ParameterPut(key, json)];
            },
            turn)).ConfigureAwait(false);
        return created;
    }

    /// <summary>Takes a parameter away.</summary>
    public Task DeleteParameterAsync(string virtualHost, string component, string name)
    {
        ParameterKey key = Key(virtualHost, component, name);
        return _disk.WaitAsync(turn => _accounts.ChangeAsync(
            state => state.Parameters.ContainsKey(key)
                ? [new ParameterDeleted(key)]
                : throw new AdministrationException(Refusal.NotFound, "there is no such parameter"),
            turn));
    }

    /// <summary>Sets a parameter of the whole server. Gives true when it is new.</summary>
    public async Task<bool> PutGlobalParameterAsync(string name, string json)
    {
        ShortString key = Name("parameter name", name);
        CheckValue(name, json);
        bool created = false;
        await _disk.WaitAsync(turn => _accounts.ChangeAsync(
            state =>
            {
                created = !state.GlobalParameters.ContainsKey(key);
                CheckCount(state.GlobalParameters.Count, created);
                return [new GlobalParameterPut(key, json)];
            },
            turn)).ConfigureAwait(false);
        return created;
    }

    /// <summary>Takes a parameter of the whole server away.</summary>
    public Task DeleteGlobalParameterAsync(string name)
    {
        ShortString key = Name("parameter name", name);
        return _disk.WaitAsync(turn => _accounts.ChangeAsync(
            state => state.GlobalParameters.ContainsKey(key)
                ? [new GlobalParameterDeleted(key)]
                : throw new AdministrationException(Refusal.NotFound, "there is no such parameter"),
            turn));
    }

    /// <exception cref="AdministrationException">Such a parameter cannot be.</exception>
    internal static void CheckParameter(string name, string json)
    {
        Name("parameter name", name);
        CheckValue(name, json);
    }

    private static ParameterKey Key(string virtualHost, string component, string name) =>
        new(Name("vhost name", virtualHost), Name("component name", component), Name("parameter name", name));

    private static void CheckValue(string name, string json)
    {
        ArgumentNullException.ThrowIfNull(json);
        if (json.Length > MaxParameterLength)
        {
            throw new AdministrationException(Refusal.Invalid, $"the value of parameter '{name}' is longer than {MaxParameterLength} characters");
        }
    }

    private static void CheckCount(int count, bool isNew)
    {
        if (isNew && count >= MaxParameters)
        {
            throw new AdministrationException(Refusal.Invalid, $"limit of {MaxParameters} parameters is reached");
        }
    }
}
