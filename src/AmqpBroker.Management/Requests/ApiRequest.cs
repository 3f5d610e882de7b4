using AmqpBroker.Core.Brokers;
using AmqpBroker.Core.Clients;
using AmqpBroker.Core.Snapshots;
using Microsoft.AspNetCore.Http;

namespace AmqpBroker.Management.Requests;

/// <summary>A request that was let in: who asks for what, and what it is answered from.</summary>
/// <param name="Http">The request and its answer.</param>
/// <param name="Sources">What there is to tell.</param>
/// <param name="Account">Who asks.</param>
/// <param name="Names">The names in the path, decoded, in the order of the route's gaps.</param>
/// <param name="Cancellation">The client has gone, or the request's time is over.</param>
internal sealed record ApiRequest(
    HttpContext Http, Sources Sources, AccountInfo Account, IReadOnlyList<string> Names, CancellationToken Cancellation)
{
    /// <summary>May see what belongs to other users.</summary>
    public bool SeesAll => Account.Tags.Contains("administrator") || Account.Tags.Contains("monitoring");

    /// <summary>What changes the broker, for administrators alone.</summary>
    /// <exception cref="ApiException">401: the account is none.</exception>
    public Administration Administration
    {
        get
        {
            RequireAdministrator();
            return Sources.Broker.Administration;
        }
    }

    /// <summary>Accounts and permissions, for administrators alone.</summary>
    /// <exception cref="ApiException">401: the account is none.</exception>
    public AccountsView Accounts
    {
        get
        {
            RequireAdministrator();
            return Sources.Broker.Accounts;
        }
    }

    /// <summary>The virtual hosts that the account may look into.</summary>
    public IEnumerable<VirtualHostView> VisibleVirtualHosts => Sources.Broker.VirtualHosts.Where(MaySee);

    /// <summary>The virtual host that the path names first.</summary>
    /// <exception cref="ApiException">404: there is none; 401: not for this account.</exception>
    public VirtualHostView VirtualHost()
    {
        VirtualHostView host = Sources.Broker.FindVirtualHost(Names[0]) ?? throw ApiException.NotFound();
        return MaySee(host) ? host : throw ApiException.NotAuthorised("User not authorised to access virtual host");
    }

    /// <exception cref="ApiException">401: the account is no administrator.</exception>
    public void RequireAdministrator()
    {
        if (!Account.Tags.Contains("administrator"))
        {
            throw ApiException.NotAuthorised("Not administrator user");
        }
    }

    /// <exception cref="ApiException">401: the account may not see what belongs to other users.</exception>
    public void RequireMonitor()
    {
        if (!SeesAll)
        {
            throw ApiException.NotAuthorised("Not monitor user");
        }
    }

    /// <summary>The same as <see cref="VirtualHost"/>, for what is to be put there.</summary>
    /// <exception cref="ApiException">404: there is none; 401: not for this account.</exception>
    public VirtualHostView VirtualHostToChange() =>
        Sources.Broker.FindVirtualHost(Names[0]) is null ? throw ApiException.NoVirtualHost() : VirtualHost();

    /// <summary>Does something as a client of the account's.</summary>
    /// <param name="use">What is done.</param>
    /// <param name="tells">How a refusal is said.</param>
    /// <param name="keptBodyBytes">How much is kept of the bodies of messages.</param>
    public async Task<T> UseClientAsync<T>(Func<BrokerClient, Task<T>> use, RefusalStyle tells, int keptBodyBytes = 0)
    {
        BrokerClient client;
        try
        {
            client = await Sources.Broker.ConnectAsync(Account, Names[0], keptBodyBytes, Cancellation).ConfigureAwait(false);
        }
        catch (RefusedException)
        {
            throw ApiException.NotAuthorised("Access refused.");
        }

        await using (client)
        {
            try
            {
                return await use(client).ConfigureAwait(false);
            }
            catch (RefusedException e)
            {
                throw tells.ToAnswer(e);
            }
            catch (FormatException e)
            {
                throw e.Message.Split(": ") is [var what, var value] ? ApiException.BadTerm(what, value) : ApiException.BadRequest(e.Message);
            }
        }
    }

    /// <summary>The same for what gives nothing.</summary>
    public Task UseClientAsync(Func<BrokerClient, Task> use, RefusalStyle tells) => UseClientAsync(
        async client =>
        {
            await use(client).ConfigureAwait(false);
            return true;
        },
        tells);

    private bool MaySee(VirtualHostView host) => SeesAll || Sources.Broker.HasPermissions(Account, host.Name);
}
