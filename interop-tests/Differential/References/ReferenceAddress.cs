using System.Globalization;

namespace AmqpBroker.Differential.References;

/// <summary>
/// The address of a running RabbitMQ: <c>amqp://user:password@host:port?management=port</c>. The user is the administrator who
/// looks and cleans up over the HTTP API; scenarios log in as guest.
/// </summary>
internal sealed record ReferenceAddress(string Host, int Port, int ManagementPort, string User, string Password)
{
    private const int UsualPort = 5672;
    private const int UsualManagementPort = 15672;
    private const string Form = "amqp://user:password@host:port?management=port";

    /// <summary>Reads an address; what it leaves out is as usual.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public static ReferenceAddress Parse(string text)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out Uri? uri) || uri.Scheme != "amqp" || uri.Host.Length == 0 || uri.AbsolutePath is not ("/" or ""))
        {
            throw new FormatException($"{ReferenceChoice.Variable} is container, installed or {Form}, and not: {text}");
        }

        int management = UsualManagementPort;
        if (uri.Query.Length > 0 &&
            !(uri.Query.Split('=') is ["?management", var port] && int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out management)))
        {
            throw new FormatException($"An address is {Form}, and not: {text}");
        }

        string[] login = uri.UserInfo.Length == 0 ? ["guest", "guest"] : uri.UserInfo.Split(':', 2);
        return new(
            uri.Host.Trim('[', ']'), uri.Port > 0 ? uri.Port : UsualPort, management, Uri.UnescapeDataString(login[0]), Uri.UnescapeDataString(login.ElementAtOrDefault(1) ?? ""));
    }
}
