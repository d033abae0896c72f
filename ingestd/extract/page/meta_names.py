"""The names under which `<meta>` elements carry what a page says about itself, the most trusted first; lower case."""

from ingestd.extract.html.tree import in_order

#: The title.
TITLES = in_order(
    "og:title twitter:title dc.title dcterms.title parsely-title sailthru.title citation_title title headline"
)

#: The author; names of people, or a profile address that is passed over.
AUTHORS = in_order(
    "author article:author og:article:author dc.creator dcterms.creator parsely-author sailthru.author "
    "citation_author byl twitter:data1 mediaid weibo:article:author article:author_name"
)

#: The time of publication.
PUBLISHED = in_order(
    "article:published_time og:article:published_time og:published_time article:published datepublished "
    "date.published parsely-pub-date sailthru.date pubdate publishdate publish-date publish_date publication_date "
    "og:pubdate article.published published-date dc.date.issued dcterms.issued dc.date dcterms.created dcterms.date "
    "date dc.date.created citation_publication_date citation_date weibo:article:create_at og:release_date "
    "firstpublishedtime originalpublicationdate article_date_original creationdatetime createtime ptime _pubtime "
    "apub:time og:time bytedance:published_time timestamp rnews:datepublished"
)

#: The time of the last change.
MODIFIED = in_order(
    "article:modified_time og:article:modified_time og:updated_time article:modified datemodified lastmod "
    "last-modified dcterms.modified dc.date.modified modified updated_time bytedance:updated_time "
    "bytedance:lrdate_time weibo:article:update_at"
)

#: The lead image.
IMAGES = in_order(
    "og:image:secure_url og:image og:image:url twitter:image twitter:image:src thumbnail sailthru.image.full "
    "parsely-image-url"
)

#: The site's own name.
SITES = in_order(
    "og:site_name application-name apple-mobile-web-app-title twitter:app:name:iphone dc.publisher publisher "
    "copyright-holder"
)
