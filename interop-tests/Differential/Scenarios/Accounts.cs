using AmqpBroker.Differential.Runs;
using AmqpBroker.Differential.Wire;

namespace AmqpBroker.Differential.Scenarios;

/// <summary>Users, virtual hosts and permissions over the HTTP API.</summary>
internal static class Accounts
{
    // SHA-512 over the salt DEADBEEF and the password "secret", as RabbitMQ keeps it.
    private const string Sha512 = "3q2+70VEWE0FqGYZ3RMNvezijod+raacSDqNV7zxX2jCGJrE+Ttmv27xiPDPLrdqK5P9/8A6XJ1WZEfOQ7i70LyGVak=";

    public static void user(Script s)
    {
        s.Http("GET", "/api/users/{u}", show: ["*"]);
        s.Http("PUT", "/api/users/{u}", """{"password": "p", "tags": "monitoring, other"}""");
        s.Http("GET", "/api/users/{u}", show: ["name", "tags", "hashing_algorithm", "limits"]);
        s.Http("PUT", "/api/users/{u}", """{"password": "p", "tags": ["management"]}""");
        s.Http("GET", "/api/users/{u}", show: ["tags"]);
        s.Http("GET", "/api/whoami", show: ["*"], login: new Login(s["u"], "p", "/"));
        s.Http("GET", "/api/users/{u}/permissions", show: ["*"]);
        s.Http("DELETE", "/api/users/{u}");
        s.Http("DELETE", "/api/users/{u}", show: ["*"]);
    }

    public static void user_that_cannot_be(Script s)
    {
        s.Http("PUT", "/api/users/{u}", """{"password": "p"}""", show: ["*"]);
        s.Http("PUT", "/api/users/{u}", """{"password": "p", "password_hash": "AAAA", "tags": ""}""", show: ["*"]);
        s.Http("PUT", "/api/users/{u}", """{"password_hash": "!!!", "tags": ""}""");
        s.Http("PUT", "/api/users/{u}", "no json", show: ["*"]);
        s.Http("PUT", "/api/users/{u}", "[]", show: ["*"]);
        s.Http("GET", "/api/users/{u}", show: ["*"]);
    }

    public static void user_without_a_password(Script s)
    {
        s.Http("PUT", "/api/users/{u}", """{"tags": "management"}""");
        s.Http("GET", "/api/whoami", show: ["*"], login: new Login(s["u"], "", "/"));
        s.Http("PUT", "/api/users/{u}", """{"password_hash": "", "tags": "management"}""");
        s.Http("GET", "/api/users/{u}", show: ["password_hash", "tags"]);
        s.Http("GET", "/api/whoami", show: ["*"], login: new Login(s["u"], "", "/"));
        s.Http("PUT", "/api/users/{u}", """{"password": "", "tags": "management"}""");
        s.Http("GET", "/api/whoami", show: ["*"], login: new Login(s["u"], "", "/"));
    }

    public static void password_hash_is_kept(Script s)
    {
        s.Http("PUT", "/api/users/{u}", $$"""{"password_hash": "{{Sha512}}", "hashing_algorithm": "rabbit_password_hashing_sha512", "tags": "management"}""");
        s.Http("GET", "/api/users/{u}", show: ["password_hash", "hashing_algorithm"]);
        s.Http("GET", "/api/whoami", show: ["*"], login: new Login(s["u"], "secret", "/"));
    }

    public static void tags_alone_end_the_password(Script s)
    {
        s.Http("PUT", "/api/users/{u}", """{"password": "p", "tags": "management"}""");
        s.Http("PUT", "/api/users/{u}", """{"tags": "management"}""");
        s.Http("GET", "/api/whoami", show: ["*"], login: new Login(s["u"], "p", "/"));
    }

    public static void only_administrators(Script s)
    {
        Login user = s.OwnHost(tags: "policymaker,monitoring");
        foreach ((string method, string path) in (ReadOnlySpan<(string, string)>)
        [
            ("GET", "/api/users"), ("GET", "/api/users/{user}"), ("PUT", "/api/users/{user}"), ("DELETE", "/api/users/{user}"),
            ("PUT", "/api/vhosts/{vhost}"), ("DELETE", "/api/vhosts/{vhost}"), ("GET", "/api/permissions"),
            ("PUT", "/api/permissions/{vhost}/{user}"), ("DELETE", "/api/permissions/{vhost}/{user}"),
            ("PUT", "/api/topic-permissions/{vhost}/{user}"), ("DELETE", "/api/topic-permissions/{vhost}/{user}"),
            ("PUT", "/api/vhost-limits/{vhost}/max-queues"), ("PUT", "/api/user-limits/{user}/max-channels"),
        ])
        {
            s.Http(method, path, method == "PUT" ? "{}" : null, show: ["*"], login: user);
        }
    }

    public static void virtual_host(Script s)
    {
        s.Http("GET", "/api/vhosts/{v}", show: ["*"]);
        s.Http("PUT", "/api/vhosts/{v}", """{"description": "for tests", "tags": "a,b", "tracing": true}""");
        s.Http("GET", "/api/vhosts/{v}", show: ["name", "description", "tags", "tracing"]);
        s.Http("PUT", "/api/vhosts/{v}", "{}");
        s.Http("GET", "/api/vhosts/{v}", show: ["name", "description", "tags", "tracing"]);
        s.Http("PUT", "/api/vhosts/{v}", """{"tracing": "yes"}""");
        s.Http("GET", "/api/vhosts/{v}/permissions", show: ["*"]);
        s.Http("DELETE", "/api/vhosts/{v}");
        s.Http("DELETE", "/api/vhosts/{v}", show: ["*"]);
    }

    public static void permissions(Script s)
    {
        s.OwnHost(permissions: ("a", "", "b"));
        s.Http("GET", "/api/permissions/{vhost}/{user}", show: ["*"]);
        s.Http("PUT", "/api/permissions/{vhost}/{user}", """{"configure": ".*", "write": ".*", "read": ".*"}""");
        s.Http("GET", "/api/users/{user}/permissions", show: ["*"]);
        s.Http("PUT", "/api/permissions/{vhost}/{user}", """{"configure": ".*", "read": ".*"}""", show: ["*"]);
        s.Http("PUT", "/api/permissions/{vhost}/{user}", """{"configure": "*", "write": "", "read": ""}""");
        s.Http("PUT", "/api/permissions/{vhost}/{user}", """{"configure": "", "write": "(", "read": ""}""");
        s.Http("PUT", "/api/permissions/{none}/{user}", """{"configure": "", "write": "", "read": ""}""", show: ["*"]);
        s.Http("PUT", "/api/permissions/{vhost}/{none}", """{"configure": "", "write": "", "read": ""}""", show: ["*"]);
        s.Http("DELETE", "/api/permissions/{vhost}/{user}");
        s.Http("DELETE", "/api/permissions/{vhost}/{user}", show: ["*"]);
        s.Http("GET", "/api/permissions/{vhost}/{user}", show: ["*"]);
    }

    public static void topic_permissions(Script s)
    {
        s.OwnHost();
        s.Http("GET", "/api/topic-permissions/{vhost}/{user}", show: ["*"]);
        s.Http("PUT", "/api/topic-permissions/{vhost}/{user}", """{"exchange": "amq.topic", "write": "^a", "read": "b"}""");
        s.Http("PUT", "/api/topic-permissions/{vhost}/{user}", """{"exchange": "amq.topic", "write": "^c", "read": "b"}""");
        s.Http("PUT", "/api/topic-permissions/{vhost}/{user}", """{"exchange": "other", "write": "", "read": ""}""");
        s.Http("GET", "/api/topic-permissions/{vhost}/{user}", show: ["*"]);
        s.Http("GET", "/api/vhosts/{vhost}/topic-permissions", show: ["*"]);
        s.Http("GET", "/api/users/{user}/topic-permissions", show: ["*"]);
        s.Http("PUT", "/api/topic-permissions/{vhost}/{user}", """{"write": "", "read": ""}""", show: ["*"]);
        s.Http("PUT", "/api/topic-permissions/{vhost}/{user}", """{"exchange": "other", "write": "(", "read": ""}""");
        s.Http("PUT", "/api/topic-permissions/{vhost}/{none}", """{"exchange": "other", "write": "", "read": ""}""", show: ["*"]);
        s.Http("DELETE", "/api/topic-permissions/{vhost}/{user}/amq.topic");
        s.Http("DELETE", "/api/topic-permissions/{vhost}/{user}");
        s.Http("DELETE", "/api/topic-permissions/{vhost}/{user}", show: ["*"]);
    }
}
